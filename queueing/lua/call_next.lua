--[[
The next ticket of several lines goes to an officer.

strict      the first line named that has somebody waiting
first_come  the best place of all lines
weighted    each line in proportion to its weight while somebody waits in it: the line whose turn is earliest, and
            each call puts a line's turn off by one over its weight. The turns are the hall's, whoever calls. A line
            in which nobody waited begins at the present turn: it has not saved up any.

KEYS[1]  meta
ARGV     1 request ttl (ms)  2 time to confirm (ms)  3 lease (ms)
  item   officer  request  strict|first_come|weighted  lines: <line>:<weight>,…
Answer   {ok|already, ticket} {busy, held ticket} {none}
]]
local TURN = 2 ^ 20
local COMMON, WIDTH = 3, 4
local confirm_ms, lease_ms

-- Lines as items name them -> line, weight, ...; most items name the same ones.
local named
-- line -> its first tickets with their places (found) and the next one of them (at).
local heads
-- The present turn of weighted orders, and those of lines, as they are after this run.
local present, turns
-- Items that were not made yet.
local left

local function lines_of(text)
  local lines = named[text]
  if not lines then
    lines = {}
    for line, weight in string.gmatch(text, '([^:,]+):(%d+)') do
      lines[#lines + 1] = line
      lines[#lines + 1] = tonumber(weight)
    end
    named[text] = lines
  end
  return lines
end

-- The first ticket of a line, and its place; nil when nobody waits.
local function head(line)
  local known = heads[line]
  if not known or known.at > #known.found then
    local key = line_key(line)
    settle(key)
    known = { found = redis.call('ZRANGE', key, 0, left - 1, 'WITHSCORES'), at = 1 }
    heads[line] = known
    if left > 1 then
      local keys = {}
      for i = 1, #known.found, 2 do keys[#keys + 1] = ticket_key(known.found[i]) end
      fetch(keys)
    end
  end
  return known.found[known.at], tonumber(known.found[known.at + 1])
end

local function turn_of(line)
  local turn = turns[line]
  if not turn then
    turn = tonumber(redis.call('HGET', TURNS, line) or 0)
    turns[line] = turn
  end
  return math.max(present, turn)
end

local function next_of(lines, order)
  if order == 'weighted' and not present then present = tonumber(redis.call('HGET', META, 'vt') or 0) end
  local best, best_score, best_line, best_weight
  for i = 1, #lines, 2 do
    local line = lines[i]
    local id, score = head(line)
    if id then
      if order == 'weighted' then score = turn_of(line) end
      if not best or score < best_score then best, best_score, best_line, best_weight = id, score, line, lines[i + 1] end
      if order == 'strict' then break end
    end
  end
  return best, best_score, best_line, best_weight
end

local function call_next(officer, request_id, order, lines)
  local request = request_of(officer, request_id)
  local answer = answered(request) or busy(officer)
  if answer then return answer end

  local id, turn, line, weight = next_of(lines_of(lines), order)
  if not id then return { 'none' } end

  heads[line].at = heads[line].at + 2
  if order == 'weighted' then
    present, turns[line] = turn, turn + math.floor(TURN / weight)
    put('HSET', META, 'vt', int(present))
    put('HSET', TURNS, line, int(turns[line]))
  end
  return { 'ok', take(load(id), officer, request, confirm_ms, lease_ms) }
end

for_items {
  name = 'call_next',
  common = COMMON,
  width = WIDTH,
  prepare = function()
    remember_for(ARGV[1])
    confirm_ms, lease_ms = tonumber(ARGV[2]), tonumber(ARGV[3])
    named, heads, left = {}, {}, (#ARGV - COMMON) / WIDTH
    present, turns = nil, {}
    if not MANY then return end
    local officers, requests = {}, {}
    for i = COMMON + 1, #ARGV, WIDTH do
      officers[#officers + 1], requests[#requests + 1] = ARGV[i], request_of(ARGV[i], ARGV[i + 1])
    end
    fetch_officers(officers)
    fetch_requests(requests)
  end,
  make = function(...)
    local answer = call_next(...)
    left = left - 1
    return answer
  end,
}
