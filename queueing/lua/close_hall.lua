--[[
The hall closes: no new tickets, and those that nobody has are dismissed, some at a time.

KEYS[1]  meta
ARGV     1 limit  2 ttl of an ended ticket (ms)  3… lines
Returns  {ok, how many were dismissed, 1 while there are more else 0}
]]
for_hall('close_hall', function()
  local limit, dismissed = tonumber(ARGV[1]), 0
  if not CLOSED then put('HSET', META, 'closed', NOW_TEXT) end

  local function dismiss(ticket)
    local left = leave_line(ticket)
    clear_deadline(ticket)
    ticket.fin, ticket.out = NOW_TEXT, 'hall_closed'
    apply(ticket, 'dismiss', 'hall', left, ARGV[2])
    dismissed = dismissed + 1
  end

  -- Whether there may be more.
  local function dismiss_all()
    for i = 3, #ARGV do
      for _, id in ipairs(redis.call('ZRANGE', line_key(ARGV[i]), 0, limit - dismissed - 1)) do dismiss(load(id)) end
      if dismissed >= limit then return true end
    end
    -- Besides abandoned ones only tickets that officers have are in here: few.
    for _, id in ipairs(redis.call('ZRANGE', DEADLINES, 0, -1)) do
      local ticket = load(id)
      if may(ticket, 'dismiss') then dismiss(ticket) end
      if dismissed >= limit then return true end
    end
    return false
  end

  local more = dismiss_all()
  return { 'ok', dismissed, more and 1 or 0 }
end)
