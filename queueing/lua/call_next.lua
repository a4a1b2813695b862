--[[
The next ticket of several lines goes to an officer.

strict      the first line named that has somebody waiting
first_come  the best place of all lines
weighted    each line in proportion to its weight while somebody waits in it: the line whose turn is earliest, and
            each call puts a line's turn off by one over its weight. The turns are the hall's, whoever calls. A line
            in which nobody waited begins at the present turn: it has not saved up any.

KEYS[1]  meta
ARGV     1 officer  2 request  3 strict|first_come|weighted  4 request ttl (ms)  5 time to confirm (ms)
         6 lease (ms)  7… line, weight
Returns  {ok|already, ticket} {busy, held ticket} {none}
]]
local TURN = 2 ^ 20
local officer, order = ARGV[1], ARGV[3]
local request = request_key(officer, ARGV[2])
local turns = PREFIX .. 'v'

local answer = answered(request) or busy(officer)
if answer then return answer end

local present = order == 'weighted' and tonumber(redis.call('HGET', META, 'vt') or 0)
local best, best_score, best_weight
for i = 7, #ARGV, 2 do
  local line = ARGV[i]
  local head = redis.call('ZRANGE', line_key(line), 0, 0, 'WITHSCORES')
  if head[1] then
    local score = tonumber(head[2])
    if present then score = math.max(present, tonumber(redis.call('HGET', turns, line) or 0)) end
    if not best or score < best_score then best, best_score, best_weight = head[1], score, ARGV[i + 1] end
    if order == 'strict' then break end
  end
end
if not best then return { 'none' } end

local ticket = load(best)
local line = ticket.line
local flat_ticket = take(ticket, officer, request, ARGV[4], tonumber(ARGV[5]), ARGV[6])
if present then
  redis.call('HSET', META, 'vt', int(best_score))
  redis.call('HSET', turns, line, int(best_score + math.floor(TURN / best_weight)))
end
return { 'ok', flat_ticket }
