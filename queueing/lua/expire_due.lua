--[[
Makes the steps that are due: an unconfirmed call is abandoned, an abandoned ticket lapses.

KEYS[1]  meta
ARGV     1 limit  2 time to reactivate (ms)  3 most reactivations  4 ttl of an ended ticket (ms)
Returns  {ok, count, earliest deadline left (ms) or "", now (ms)}
]]
local due = redis.call('ZRANGE', DEADLINES, '-inf', int(NOW), 'BYSCORE', 'LIMIT', 0, ARGV[1])
for _, id in ipairs(due) do
  local ticket = load(id)
  if may(ticket, 'abandon') then
    give_up(ticket, 'deadline', ARGV[2], tonumber(ARGV[3]))
  else
    redis.call('ZREM', DEADLINES, id)
    apply(id, ticket.st, 'lapse', 'deadline', { 'end', int(NOW), 'dl', '' })
    keep_for(ticket, ARGV[4])
  end
end
local earliest = redis.call('ZRANGE', DEADLINES, 0, 0, 'WITHSCORES')
return { 'ok', #due, earliest[2] and int(tonumber(earliest[2])) or '', int(NOW) }
