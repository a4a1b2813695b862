--[[
One waiting ticket goes to an officer, out of turn.

KEYS[1]  meta
ARGV     1 request ttl (ms)  2 time to confirm (ms)  3 lease (ms)
  item   ticket  officer  request
Answer   {ok|already, ticket} {busy, held ticket} {gone} {state, ticket} {stale}
]]
local confirm_ms, lease_ms

for_items {
  name = 'call_one',
  common = 3,
  width = 3,
  prepare = function()
    remember_for(ARGV[1])
    confirm_ms, lease_ms = tonumber(ARGV[2]), ARGV[3]
  end,
  reads = first_names_ticket,
  make = function(id, officer, request_id)
    local request = request_of(officer, request_id)
    local answer = answered(request, id) or busy(officer)
    if answer then return answer end

    local ticket = load(id)
    if not ticket then return { 'gone' } end
    if not may(ticket, 'call') then return { 'state', flat(ticket) } end
    return { 'ok', take(ticket, officer, request, confirm_ms, lease_ms) }
  end,
}
