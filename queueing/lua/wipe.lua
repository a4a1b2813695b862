--[[
Removes keys of a frozen hall, all but its meta hash and its keeper, some at a time.

KEYS[1]  meta
ARGV     1 who builds  2 which of its calls  3 cursor (0 to begin)  4 how many keys to look at
Returns  {ok, next cursor (0 at the end)} {lost} (somebody else builds now, or what was done before is not there)
]]
for_builder('wipe', function()
  if not is_turn_of(ARGV[1], tonumber(ARGV[2])) then return { 'lost' } end
  local found = redis.call('SCAN', ARGV[3], 'MATCH', PREFIX .. '*', 'COUNT', ARGV[4])
  for _, key in ipairs(found[2]) do
    if key ~= META and key ~= PREFIX .. 'k' then redis.call('UNLINK', key) end
  end
  return { 'ok', found[1] }
end)
