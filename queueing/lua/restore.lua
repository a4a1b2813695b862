--[[
Puts tickets back into a frozen hall as the records have them. Nobody could do anything meanwhile, so that deadlines
are put off to leave some time, and officers who have a ticket get a lease to be heard of.

KEYS[1]  meta
ARGV     1 who builds  2 ttl of an ended ticket (ms)  3 least time to a deadline (ms)  4 lease (ms)  5… packed tickets
Returns  {ok} {lost}
]]
if not is_built_by(ARGV[1]) then return { 'lost' } end
local ttl_ms, least_ms = tonumber(ARGV[2]), tonumber(ARGV[3])

local function put_back(ticket)
  if ticket.st == 'waiting' then
    redis.call('ZADD', line_key(ticket.line), place(ticket), ticket.id)
  elseif ticket.st == 'called' or ticket.st == 'serving' then
    redis.call('HSET', OFFICERS, ticket.off, ticket.id)
    renew_lease(ticket.off, ARGV[4])
  elseif ticket.st == 'on_hold' then
    redis.call('SADD', holds_key(ticket.off), ticket.id)
    renew_lease(ticket.off, ARGV[4])
  end
  if ticket.dl ~= '' then set_deadline(ticket, math.max(tonumber(ticket.dl), NOW + least_ms)) end
end

-- As long as an open ticket lives, or what is left of an ended one's time.
local function keep(ticket, key, value)
  local left_ms = ticket.fin ~= '' and ticket.fin + ttl_ms - NOW
  if not left_ms then
    redis.call('SET', key, value)
  elseif left_ms > 0 then
    redis.call('SET', key, value, 'PX', int(left_ms))
  end
end

for i = 5, #ARGV do
  local ticket = unpacked(string.match(ARGV[i], '^([^|]*)|(.*)$'))
  if ticket.fin == '' then put_back(ticket) end
  keep(ticket, ticket_key(ticket.id), stored(ticket))
  if ticket.bk ~= '' and (ticket.st ~= 'cancelled' or ticket.by == 'hall') then
    keep(ticket, booking_key(ticket.bk), ticket.id)
  end
end
return { 'ok' }
