--[[
Officers are at work, and serve these lines, for one more lease.

KEYS[1]  meta
ARGV     1 lease (ms)  2… officer, lines with commas
Returns  {ok}
]]
for_hall('beat', function()
  for i = 2, #ARGV, 2 do
    redis.call('ZADD', LEASES, 'GT', int(NOW + ARGV[1]), ARGV[i])
    put('HSET', SERVED_LINES, ARGV[i], ARGV[i + 1])
  end
  return { 'ok' }
end)
