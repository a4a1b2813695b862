--[[
Lines with their first tickets, the tickets that officers have, and the officers at work, at one moment.

KEYS[1]  meta
ARGV     1 how many first tickets of each line  2 number of classes  3… lines
Returns  {ok, version, epoch, closed since (ms) or "", now (ms), {held ticket…}, {ticket on hold…},
          {officer, lease's end (ms), lines with commas}…}, {waiting, oldest issue (ms) or "", {ticket…}}…}
]]
for_hall('snapshot', function()
  local first, classes = tonumber(ARGV[1]), tonumber(ARGV[2])
  local SKIP_STEP = 16

  -- The earliest arrival of a class, past those who were put in at the front: they have been called before.
  local function head_of_class(line, class)
    local from, to = int(class * CLASS_SPAN), '(' .. int((class + 1) * CLASS_SPAN)
    local offset = 0
    while true do
      local some = redis.call('ZRANGE', line, from, to, 'BYSCORE', 'LIMIT', offset, SKIP_STEP, 'WITHSCORES')
      for i = 1, #some, 2 do
        if tonumber(some[i + 1]) % ARRIVAL_SPAN == 0 then
          local ticket = load(some[i])
          return tonumber(ticket.iss)
        end
      end
      if #some < SKIP_STEP * 2 then return nil end
      offset = offset + SKIP_STEP
    end
  end

  local held, on_hold, at_work = {}, {}, {}
  for _, id in ipairs(redis.call('HVALS', OFFICERS)) do held[#held + 1] = flat(load(id)) end
  local leases = redis.call('ZRANGE', LEASES, 0, -1, 'WITHSCORES')
  for i = 1, #leases, 2 do
    local officer = leases[i]
    at_work[#at_work + 1] = { officer, int(tonumber(leases[i + 1])), redis.call('HGET', SERVED_LINES, officer) or '' }
    for _, id in ipairs(redis.call('SMEMBERS', holds_key(officer))) do on_hold[#on_hold + 1] = flat(load(id)) end
  end

  local answer = {
    'ok', int(VERSION), redis.call('HGET', META, 'epoch') or '0', CLOSED or '', NOW_TEXT, held, on_hold, at_work,
  }
  for i = 3, #ARGV do
    local line = line_key(ARGV[i])
    local oldest
    for class = 0, classes - 1 do
      local issued = head_of_class(line, class)
      if issued and (not oldest or issued < oldest) then oldest = issued end
    end
    local tickets = {}
    if first > 0 then
      for _, id in ipairs(redis.call('ZRANGE', line, 0, first - 1)) do tickets[#tickets + 1] = flat(load(id)) end
    end
    answer[#answer + 1] = { redis.call('ZCARD', line), oldest and int(oldest) or '', tickets }
  end
  return answer
end)
