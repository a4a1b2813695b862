--[[
One process at a time keeps the hall's records; it says so again before its lease ends.

KEYS[1]  meta
ARGV     1 who asks  2 lease (ms)
Returns  {ok} {none} (somebody else does)
]]
for_builder('keep', function()
  local key = PREFIX .. 'k'
  local keeper = redis.call('GET', key)
  if keeper and keeper ~= ARGV[1] then return { 'none' } end
  redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
  return { 'ok' }
end)
