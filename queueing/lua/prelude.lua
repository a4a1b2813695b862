--[[
What every script begins with. In front of it the loader puts, made from Python's own tables:
  NEXT_STATE  "<state>:<step>" -> the state after it ("" for a ticket that does not exist yet), from states.py
  unpacked(id, text), stored(ticket)  a ticket as a table of its fields, and as Redis holds it, from layout.py
  LAYOUT, CLASS_SPAN, ARRIVAL_SPAN  the version of that, and what a place is made of, from layout.py
  ALSO_FROZEN  true for the scripts that build a hall anew

KEYS[1]  the hall's meta hash; all other names (see keys.py) are built from it and stay in its slot.
ARGV[1]  the newest version of the hall that the caller has seen; taken away here, so that a script's own begin at 1.

Every answer is an array that begins with a code: "ok", "already", "none" (nothing to do), or a refusal ("gone",
"stale", "owner", "state", "late", "early", "busy", "exists", "booking", "full", "holds", "spent", "closed").
A ticket is its id and its packed fields, as in the journal.

A hall whose version is behind what somebody has seen has lost steps: it freezes itself, and every script answers
"frozen" until the hall was built anew from the records (freeze, wipe, restore, thaw).

At its memory limit Redis refuses a script's first write if that could take memory, and none after it. So the steps
that serve and end tickets begin with one that frees memory, and go on working; new tickets and recalls are refused.
]]
local META = KEYS[1]
local PREFIX = string.sub(META, 1, -2)
local DEADLINES, OFFICERS, JOURNAL = PREFIX .. 'd', PREFIX .. 'o', PREFIX .. 'j'
local LEASES, SERVED_LINES = PREFIX .. 'l', PREFIX .. 's'
local CLOCK = redis.call('TIME')
local NOW = CLOCK[1] * 1000 + math.floor(CLOCK[2] / 1000)

-- tostring() would round large numbers to 14 digits.
local function int(number) return string.format('%.0f', number) end

local HALL = redis.call('HMGET', META, 'ver', 'frozen', 'closed')
local VERSION = tonumber(HALL[1]) or 0
local SEEN = tonumber(table.remove(ARGV, 1))
if HALL[2] and not ALSO_FROZEN then return { 'frozen' } end
if VERSION < SEEN and not ALSO_FROZEN then
  redis.call('HSET', META, 'frozen', 'behind:' .. int(SEEN))
  return { 'frozen' }
end

local function ticket_key(id) return PREFIX .. 't:' .. id end
local function line_key(line) return PREFIX .. 'w:' .. line end
local function booking_key(booking) return PREFIX .. 'b:' .. booking end
local function holds_key(officer) return PREFIX .. 'h:' .. officer end
local function request_key(officer, request) return PREFIX .. 'r:' .. officer .. ':' .. request end

local function load(id)
  local text = redis.call('GET', ticket_key(id))
  return text and unpacked(id, text) or nil
end

local function flat(ticket) return ticket.id .. '|' .. stored(ticket) end

local function may(ticket, step) return NEXT_STATE[ticket.st .. ':' .. step] ~= nil end

local function own_place(ticket) return ticket.cls * CLASS_SPAN + ticket.arr * ARRIVAL_SPAN end

local function place(ticket) return ticket.pl ~= '' and ticket.pl or int(own_place(ticket)) end

-- Where a ticket stands, as the journal tells it to those who count places.
local function spot(ticket) return ticket.line .. ':' .. place(ticket) end

-- Deadlines are not counted from before a booked slot's start.
local function from_slot_start(ticket) return math.max(NOW, tonumber(ticket.nb) or 0) end

-- Makes the step of a ticket whose other fields were changed already, and writes one journal entry. `left`: the spot
-- that it leaves with this step, if it waited. Gives the ticket flat.
local function apply(ticket, step, cause, left, ttl)
  VERSION = VERSION + 1
  local ver = int(VERSION)
  ticket.st, ticket.ver, ticket.by = NEXT_STATE[ticket.st .. ':' .. step], ver, cause
  local text = stored(ticket)
  if ttl then
    redis.call('SET', ticket_key(ticket.id), text, 'PX', ttl)
    if ticket.bk ~= '' and step ~= 'cancel' then redis.call('PEXPIRE', booking_key(ticket.bk), ttl) end
  else
    redis.call('SET', ticket_key(ticket.id), text)
  end
  redis.call('HSET', META, 'ver', ver)
  text = ticket.id .. '|' .. text
  redis.call('XADD', JOURNAL, ver .. '-' .. int(NOW), 'e', step .. '|' .. (left or '') .. '|' .. text)
  return text
end

local function set_deadline(ticket, at)
  ticket.dl = int(at)
  redis.call('ZADD', DEADLINES, ticket.dl, ticket.id)
end

local function clear_deadline(ticket)
  if ticket.dl ~= '' then redis.call('ZREM', DEADLINES, ticket.id) end
  ticket.dl = ''
end

-- Out of the officer's hand, or from among what the officer put on hold.
local function let_go(ticket)
  if ticket.st == 'on_hold' then
    redis.call('SREM', holds_key(ticket.off), ticket.id)
  else
    redis.call('HDEL', OFFICERS, ticket.off)
  end
end

-- The first gap behind `count` people, and behind those who were put in there before (only a class and an arrival
-- make a multiple of ARRIVAL_SPAN).
local function place_behind(line, count)
  local place, rank = 0, 0
  while true do
    local next_one = redis.call('ZRANGE', line, rank, rank, 'WITHSCORES')
    if not next_one[1] then return place + 1 end
    local next_place = tonumber(next_one[2])
    if rank >= count and place + 1 < next_place and next_place % ARRIVAL_SPAN == 0 then return place + 1 end
    place, rank = next_place, rank + 1
  end
end

-- Puts a ticket that waits in no line into one, behind `count` people.
local function put_behind(ticket, count)
  ticket.pr, ticket.pl = '0', int(place_behind(line_key(ticket.line), count))
  redis.call('ZADD', line_key(ticket.line), ticket.pl, ticket.id)
end

-- Gives an unconfirmed call up; one that may not be taken back again lapses with the next look at the deadlines.
local function give_up(ticket, cause, activation_ms, reactivations_max)
  let_go(ticket)
  set_deadline(ticket, tonumber(ticket.rea) < reactivations_max and NOW + activation_ms or NOW)
  ticket.abn = ticket.call
  return apply(ticket, 'abandon', cause)
end

-- Puts a ticket that an officer has, in hand or on hold, back to the front of its line.
local function give_back(ticket, cause)
  let_go(ticket)
  clear_deadline(ticket)
  ticket.off, ticket.con, ticket.ret = '', '', ticket.call
  put_behind(ticket, 0)
  return apply(ticket, 'requeue', cause)
end

-- Everything that an officer has goes back; how many tickets that were.
local function give_all_back(officer, cause)
  local tickets = redis.call('SMEMBERS', holds_key(officer))
  table.sort(tickets)
  -- The one in hand first, so that it is before the others in line.
  local held = redis.call('HGET', OFFICERS, officer)
  if held then table.insert(tickets, 1, held) end
  for _, id in ipairs(tickets) do give_back(load(id), cause) end
  return #tickets
end

-- An officer who does something is there.
local function renew_lease(officer, lease_ms) redis.call('ZADD', LEASES, 'GT', int(NOW + lease_ms), officer) end

-- Gives a waiting ticket to an officer and remembers the request.
local function take(ticket, officer, request, request_ttl_ms, confirm_ms, lease_ms)
  local left = spot(ticket)
  redis.call('ZREM', line_key(ticket.line), ticket.id)
  redis.call('HSET', OFFICERS, officer, ticket.id)
  redis.call('SET', request, ticket.id, 'PX', request_ttl_ms)
  renew_lease(officer, lease_ms)
  ticket.call, ticket.off, ticket.con, ticket.rung = int(ticket.call + 1), officer, '', int(NOW)
  if ticket.cal == '' then ticket.cal = ticket.rung end
  set_deadline(ticket, from_slot_start(ticket) + confirm_ms)
  return apply(ticket, 'call', 'officer', left)
end

-- The answer to a request that was answered before: its ticket as it is now, unless it was about another one than
-- `id`. nil for a new request.
local function answered(request, id)
  local before = redis.call('GET', request)
  if not before then return nil end
  if id and before ~= id then return { 'stale' } end
  local ticket = load(before)
  return ticket and { 'already', flat(ticket) } or { 'gone' }
end

-- The refusal that an officer already has a ticket in hand; nil when not.
local function busy(officer)
  local held = redis.call('HGET', OFFICERS, officer)
  return held and { 'busy', flat(load(held)) } or nil
end

-- Whether the hall is frozen by this builder, and by no other one that took over since.
local function is_built_by(builder)
  return HALL[2] and string.match(HALL[2], '^(.*):%d+$') == builder
end
