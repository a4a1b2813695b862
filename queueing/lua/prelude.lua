--[[
What every script begins with. In front of it the loader puts NEXT_STATE, made from the table in states.py:
"<state>:<step>" -> the state after it ("" for a ticket that does not exist yet).

KEYS[1]  the hall's meta hash; all other names (see keys.py) are built from it and stay in its slot.

Every answer is an array that begins with a code: "ok", "already", "none" (nothing to do), or a refusal ("gone",
"stale", "owner", "state", "late", "busy", "exists", "booking", "full", "spent"). A ticket is its hash as a flat
array of names and values, as in the journal.

At its memory limit Redis refuses a script's first write if that could take memory, and none after it. So the steps
that serve and end tickets begin with one that frees memory, and go on working; new tickets and recalls are refused.
]]
local META = KEYS[1]
local PREFIX = string.sub(META, 1, -2)
local DEADLINES, OFFICERS, JOURNAL = PREFIX .. 'd', PREFIX .. 'o', PREFIX .. 'j'
local CLOCK = redis.call('TIME')
local NOW = CLOCK[1] * 1000 + math.floor(CLOCK[2] / 1000)

-- A place is class * CLASS_SPAN + arrival * ARRIVAL_SPAN: whole numbers below 2^53, with gaps between two
-- arrivals for those who are put in after a reactivation.
local CLASS_SPAN, ARRIVAL_SPAN = 2 ^ 46, 2 ^ 8

-- tostring() would round large numbers to 14 digits.
local function int(number) return string.format('%.0f', number) end

local function ticket_key(id) return PREFIX .. 't:' .. id end
local function line_key(line) return PREFIX .. 'w:' .. line end
local function booking_key(booking) return PREFIX .. 'b:' .. booking end

local function flat(id) return redis.call('HGETALL', ticket_key(id)) end

local function load(id)
  local pairs_of = flat(id)
  if #pairs_of == 0 then return nil end
  local ticket = {}
  for i = 1, #pairs_of, 2 do ticket[pairs_of[i]] = pairs_of[i + 1] end
  return ticket
end

local function may(ticket, step) return NEXT_STATE[ticket.st .. ':' .. step] ~= nil end

-- Deadlines are not counted from before a booked slot's start.
local function from_slot_start(ticket) return math.max(NOW, tonumber(ticket.nb) or 0) end

-- Writes the ticket's next state and the changes (names and values in turn), and one journal entry.
-- Gives the ticket's new hash.
local function apply(id, state, step, cause, changes)
  local ver = redis.call('HINCRBY', META, 'ver', 1)
  redis.call('HSET', ticket_key(id), 'st', NEXT_STATE[state .. ':' .. step], 'ver', int(ver), 'by', cause,
    unpack(changes))
  local hash = flat(id)
  redis.call('XADD', JOURNAL, int(ver) .. '-' .. int(NOW), 'step', step, unpack(hash))
  return hash
end

local function let_go(ticket) redis.call('HDEL', OFFICERS, ticket.off) end

local function set_deadline(id, at) redis.call('ZADD', DEADLINES, int(at), id) end

local function keep_for(ticket, ttl)
  redis.call('PEXPIRE', ticket_key(ticket.id), ttl)
  if ticket.bk ~= '' then redis.call('PEXPIRE', booking_key(ticket.bk), ttl) end
end

-- Gives an unconfirmed call up; one that may not be taken back again lapses with the next look at the deadlines.
local function give_up(ticket, cause, activation_ms, reactivations_max)
  local deadline = NOW
  if tonumber(ticket.rea) < reactivations_max then deadline = from_slot_start(ticket) + activation_ms end
  let_go(ticket)
  set_deadline(ticket.id, deadline)
  return apply(ticket.id, ticket.st, 'abandon', cause, { 'dl', int(deadline), 'abn', ticket.call })
end

-- Gives a waiting ticket to an officer and remembers the request.
local function take(ticket, officer, request_key, request_ttl_ms, confirm_ms)
  local deadline = from_slot_start(ticket) + confirm_ms
  redis.call('ZREM', line_key(ticket.line), ticket.id)
  redis.call('HSET', OFFICERS, officer, ticket.id)
  redis.call('SET', request_key, ticket.id, 'PX', request_ttl_ms)
  set_deadline(ticket.id, deadline)
  return apply(ticket.id, ticket.st, 'call', 'officer', {
    'call', int(ticket.call + 1), 'off', officer, 'cal', ticket.cal ~= '' and ticket.cal or int(NOW),
    'dl', int(deadline), 'rung', int(NOW), 'sc', '',
  })
end

-- The officer's earlier answer to this request, or that the officer holds a ticket; nil when neither.
local function answered_or_busy(officer, request_key)
  local before = redis.call('GET', request_key)
  if before then return { 'already', flat(before) } end
  local held = redis.call('HGET', OFFICERS, officer)
  if held then return { 'busy', flat(held) } end
  return nil
end
