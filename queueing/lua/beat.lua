--[[
Officers are at work, and serve these lines, for one more lease.

KEYS[1]  meta
ARGV     1 lease (ms)  2… officer, lines with commas
Returns  {ok}
]]
for i = 2, #ARGV, 2 do
  renew_lease(ARGV[i], ARGV[1])
  redis.call('HSET', SERVED_LINES, ARGV[i], ARGV[i + 1])
end
return { 'ok' }
