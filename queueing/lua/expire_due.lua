--[[
Makes the steps that are due: an unconfirmed call is abandoned, an abandoned ticket lapses, a hold that lasted too
long goes back to its line, and so does everything of an officer whose lease has ended.

KEYS[1]  meta
ARGV     1 limit  2 time to reactivate (ms)  3 most reactivations  4 ttl of an ended ticket (ms)
Returns  {ok, count, earliest deadline left (ms) or "", now (ms)}
]]
for_hall('expire_due', function()
  local count = 0

  local due = redis.call('ZRANGE', DEADLINES, '-inf', NOW_TEXT, 'BYSCORE', 'LIMIT', 0, ARGV[1])
  for _, id in ipairs(due) do
    local ticket = load(id)
    if may(ticket, 'abandon') then
      give_up(ticket, 'deadline', ARGV[2], tonumber(ARGV[3]))
    elseif may(ticket, 'lapse') then
      clear_deadline(ticket)
      ticket.fin = NOW_TEXT
      apply(ticket, 'lapse', 'deadline', nil, ARGV[4])
    else
      give_back(ticket, 'deadline')
    end
    count = count + 1
  end

  -- An officer has only a few tickets, so that the limit holds for their number too.
  local gone = redis.call('ZRANGE', LEASES, '-inf', NOW_TEXT, 'BYSCORE', 'LIMIT', 0, ARGV[1])
  for _, officer in ipairs(gone) do
    drop('ZREM', LEASES, officer)
    drop('HDEL', SERVED_LINES, officer)
    count = count + give_all_back(officer, 'lease')
  end

  write()
  local earliest
  for _, key in ipairs({ DEADLINES, LEASES }) do
    local head = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
    local at = tonumber(head[2])
    if at and (not earliest or at < earliest) then earliest = at end
  end
  return { 'ok', count, earliest and int(earliest) or '', NOW_TEXT }
end)
