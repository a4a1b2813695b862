--[[
The taxpayer joins the call; or the officer says that the taxpayer has come (on site).

KEYS[1]  meta
  item   ticket  call number  officer, '' where the taxpayer does it
Answer   {ok|already, ticket} {gone} {stale} {owner} {late} {state, ticket}
]]
for_items {
  name = 'confirm',
  common = 0,
  width = 3,
  reads = first_names_ticket,
  make = function(id, call, officer)
    local ticket = load(id)
    if not ticket then return { 'gone' } end
    if ticket.call ~= call then return { 'stale' } end
    if officer ~= '' and ticket.off ~= officer then return { 'owner' } end
    if ticket.con ~= '' then return { 'already', flat(ticket) } end
    -- The same answer just before and just after the timer has run.
    if ticket.st == 'abandoned' and ticket.by == 'deadline' then return { 'late' } end
    if not may(ticket, 'confirm') then return { 'state', flat(ticket) } end
    if NOW >= tonumber(ticket.dl) then return { 'late' } end

    clear_deadline(ticket)
    ticket.con = NOW_TEXT
    return { 'ok', apply(ticket, 'confirm', officer == '' and 'taxpayer' or 'officer') }
  end,
}
