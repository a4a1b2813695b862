--[[
A new ticket takes its place at the end of its class; the same id again answers with the ticket it has.

KEYS[1]  meta
ARGV     1 line capacity  2 number ttl (ms)
  item   ticket  line  letter  day  class  booking or ""  slot start (ms) or ""
Answer   {ok|already, ticket} {exists, ticket} {booking, its ticket's id} {full} {closed}
]]
local capacity, number_ttl_ms

for_items {
  name = 'issue',
  flags = UNDER_MEMORY_LIMIT,
  common = 2,
  width = 7,
  prepare = function() capacity, number_ttl_ms = tonumber(ARGV[1]), ARGV[2] end,
  reads = first_names_ticket,
  make = function(id, line, letter, day, class, booking, slot_start)
    local ticket = load(id)
    if ticket then
      -- Neither day nor slot start count: a repeat just past midnight is still a repeat. Nor does the line of one that
      -- was transferred.
      local same = string.sub(ticket.num, 1, 1) == letter and ticket.cls == class and ticket.bk == booking
        and (ticket.line == line or ticket.frm == line)
      return { same and 'already' or 'exists', flat(ticket) }
    end
    if CLOSED then return { 'closed' } end
    if booking ~= '' then
      local other = get(booking_key(booking))
      if other then return { 'booking', other } end
    end
    if length(line) >= capacity then return { 'full' } end

    local number_key = PREFIX .. 'n:' .. line .. ':' .. day
    local latest = get(number_key)
    local number = (tonumber(latest) or 0) + 1
    set(number_key, int(number), not latest and number_ttl_ms or LIFETIMES[number_key] or KEEP)
    ARRIVALS = ARRIVALS + 1
    -- A hall that lost its data gets another epoch, since it begins at another time.
    if ARRIVALS == 1 then
      put('HSET', META, 'epoch', NOW_TEXT)
      put('HSET', META, 'layout', LAYOUT)
    end
    ticket = blank(id)
    ticket.line, ticket.num = line, letter .. string.format('%03d', number)
    ticket.pr, ticket.cls, ticket.arr, ticket.day = class, class, int(ARRIVALS), day
    ticket.call, ticket.iss, ticket.rea, ticket.bk, ticket.nb = '0', NOW_TEXT, '0', booking, slot_start
    TICKETS[id] = ticket
    join(line, int(own_place(ticket)), id)
    if booking ~= '' then set(booking_key(booking), id) end
    return { 'ok', apply(ticket, 'issue', 'taxpayer') }
  end,
}
