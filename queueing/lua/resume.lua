--[[
The officer takes a ticket on hold in hand again.

KEYS[1]  meta
ARGV     1 lease (ms)  2 request ttl (ms)
  item   ticket  officer  request  call number
Answer   {ok|already, ticket} {gone} {stale} {owner} {state, ticket} {busy, held ticket} {late}
]]
local lease_ms

for_items {
  name = 'resume',
  common = 2,
  width = 4,
  prepare = function()
    lease_ms = ARGV[1]
    remember_for(ARGV[2])
  end,
  reads = first_names_ticket,
  make = function(id, officer, request_id, call)
    local request = request_of(officer, request_id)
    local answer = answered(request, id)
    if answer then return answer end
    local ticket = load(id)
    if not ticket then return { 'gone' } end
    if ticket.call ~= call then return { 'stale' } end
    if not may(ticket, 'resume') then return { 'state', flat(ticket) } end
    if ticket.off ~= officer then return { 'owner' } end
    answer = busy(officer)
    if answer then return answer end
    if NOW >= tonumber(ticket.dl) then return { 'late' } end

    let_go(ticket)
    clear_deadline(ticket)
    hand_to(officer, id)
    remember(request, id)
    renew_lease(officer, lease_ms)
    return { 'ok', apply(ticket, 'resume', 'officer') }
  end,
}
