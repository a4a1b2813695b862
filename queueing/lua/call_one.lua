--[[
One waiting ticket goes to an officer, out of turn.

KEYS[1]  meta
ARGV     1 ticket  2 officer  3 request  4 request ttl (ms)  5 time to confirm (ms)
Returns  {ok|already, ticket} {busy, held ticket} {gone} {state, ticket} {stale}
]]
local id, officer = ARGV[1], ARGV[2]
local request_key = PREFIX .. 'r:' .. officer .. ':' .. ARGV[3]

local before = redis.call('GET', request_key)
if before and before ~= id then return { 'stale' } end
local answer = answered_or_busy(officer, request_key)
if answer then return answer end

local ticket = load(id)
if not ticket then return { 'gone' } end
if not may(ticket, 'call') then return { 'state', flat(id) } end
return { 'ok', take(ticket, officer, request_key, ARGV[4], tonumber(ARGV[5])) }
