--[[
A ticket goes to another line, where it stands by its class and arrival: one that waits, or one that the officer has
in hand or on hold.

KEYS[1]  meta
ARGV     1 ticket  2 officer  3 request  4 call number (0: never called)  5 line  6 line capacity
         7 request ttl (ms)
Returns  {ok|already, ticket} {gone} {stale} {owner} {state, ticket} {full} {closed}
]]
local id, officer, call, line = ARGV[1], ARGV[2], ARGV[4], ARGV[5]
local request = request_key(officer, ARGV[3])

local answer = answered(request, id)
if answer then return answer end
local ticket = load(id)
if not ticket then return { 'gone' } end
if ticket.call ~= call then return { 'stale' } end
if not may(ticket, 'transfer') or ticket.line == line and ticket.st == 'waiting' then
  return { 'state', flat(ticket) }
end
if ticket.st ~= 'waiting' and ticket.off ~= officer then return { 'owner' } end
if HALL[3] then return { 'closed' } end
if redis.call('ZCARD', line_key(line)) >= tonumber(ARGV[6]) then return { 'full' } end

local left
if ticket.st == 'waiting' then
  left = spot(ticket)
  redis.call('ZREM', line_key(ticket.line), id)
else
  let_go(ticket)
  clear_deadline(ticket)
  ticket.ret = call
end
if ticket.frm == '' then ticket.frm = ticket.line end
ticket.line, ticket.pl, ticket.pr, ticket.off, ticket.con = line, '', ticket.cls, '', ''
redis.call('ZADD', line_key(line), int(own_place(ticket)), id)
redis.call('SET', request, id, 'PX', ARGV[7])
return { 'ok', apply(ticket, 'transfer', 'officer', left) }
