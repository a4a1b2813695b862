--[[
A new ticket takes its place at the end of its class; the same id again answers with the ticket it has.

KEYS[1]  meta
ARGV     1 ticket  2 line  3 letter  4 day  5 class  6 booking or ""  7 slot start (ms) or ""  8 line capacity
         9 number ttl (ms)
Returns  {ok|already, ticket} {exists, ticket} {booking, its ticket's id} {full} {closed}
]]
local id, line, letter, day, class, booking, slot_start = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]

local before = load(id)
if before then
  -- Neither day nor slot start count: a repeat just past midnight is still a repeat. Nor does the line of one that
  -- was transferred.
  local same = string.sub(before.num, 1, 1) == letter and before.cls == class and before.bk == booking
    and (before.line == line or before.frm == line)
  return { same and 'already' or 'exists', flat(before) }
end
if HALL[3] then return { 'closed' } end
if booking ~= '' then
  local other = redis.call('GET', booking_key(booking))
  if other then return { 'booking', other } end
end
if redis.call('ZCARD', line_key(line)) >= tonumber(ARGV[8]) then return { 'full' } end

local number_key = PREFIX .. 'n:' .. line .. ':' .. day
local number = redis.call('INCR', number_key)
if number == 1 then redis.call('PEXPIRE', number_key, ARGV[9]) end
local arrival = redis.call('HINCRBY', META, 'seq', 1)
-- A hall that lost its data gets another epoch, since it begins at another time.
if arrival == 1 then redis.call('HSETNX', META, 'epoch', int(NOW)) end
local ticket = {
  id = id, line = line, num = letter .. string.format('%03d', number), st = '', pr = class, cls = class,
  arr = int(arrival), day = day, call = '0', off = '', iss = int(NOW), cal = '', con = '', fin = '', dl = '',
  rea = '0', bk = booking, nb = slot_start, out = '', pl = '', rung = '', abn = '', rec = '', ret = '', frm = '',
}
redis.call('ZADD', line_key(line), int(own_place(ticket)), id)
if booking ~= '' then redis.call('SET', booking_key(booking), id) end
return { 'ok', apply(ticket, 'issue', 'taxpayer') }
