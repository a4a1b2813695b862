--[[
The officer puts the ticket in service aside, and may call another one meanwhile.

KEYS[1]  meta
ARGV     1 longest hold (ms)  2 most holds of an officer  3 request ttl (ms)
  item   ticket  officer  request  call number
Answer   {ok|already, ticket} {gone} {stale} {owner} {state, ticket} {holds}
]]
local hold_ms, holds_max

for_items {
  name = 'hold',
  common = 3,
  width = 4,
  prepare = function()
    hold_ms, holds_max = ARGV[1], tonumber(ARGV[2])
    remember_for(ARGV[3])
  end,
  reads = first_names_ticket,
  make = function(id, officer, request_id, call)
    local request = request_of(officer, request_id)
    local answer = answered(request, id)
    if answer then return answer end
    local ticket = load(id)
    if not ticket then return { 'gone' } end
    if ticket.call ~= call then return { 'stale' } end
    if not may(ticket, 'hold') then return { 'state', flat(ticket) } end
    if ticket.off ~= officer then return { 'owner' } end
    local holds = holds_key(officer)
    settle(holds)
    if redis.call('SCARD', holds) >= holds_max then return { 'holds' } end

    let_go(ticket)
    put_on_hold(ticket)
    remember(request, id)
    set_deadline(ticket, NOW + hold_ms)
    return { 'ok', apply(ticket, 'hold', 'officer') }
  end,
}
