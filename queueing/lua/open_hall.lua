--[[
The hall takes tickets again.

KEYS[1]  meta
Returns  {ok}
]]
for_hall('open_hall', function()
  redis.call('HDEL', META, 'closed')
  return { 'ok' }
end)
