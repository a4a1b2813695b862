--[[
The hall takes tickets again.

KEYS[1]  meta
Returns  {ok}
]]
redis.call('HDEL', META, 'closed')
return { 'ok' }
