--[[
The officer gives a ticket back, from the hand or from hold: it is the first of its line again.

KEYS[1]  meta
  item   ticket  officer  call number
Answer   {ok|already, ticket} {gone} {stale} {owner} {state, ticket}
]]
for_items {
  name = 'requeue',
  common = 0,
  width = 3,
  reads = first_names_ticket,
  make = function(id, officer, call)
    local ticket = load(id)
    if not ticket then return { 'gone' } end
    if ticket.ret == call then return { 'already', flat(ticket) } end
    if ticket.call ~= call then return { 'stale' } end
    if not may(ticket, 'requeue') then return { 'state', flat(ticket) } end
    if ticket.off ~= officer then return { 'owner' } end
    return { 'ok', give_back(ticket, 'officer') }
  end,
}
