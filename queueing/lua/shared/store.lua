--[[
Reads and writes of one run. A run for several items keeps what it has read, and what is to be written, until the end:
then it goes to Redis in as few commands as there are keys and kinds of them, by which a batch of steps costs a fraction
of as many runs. A run for one item writes at once, since to keep it costs more than the commands.
]]
local KEEP = 'KEEPTTL'
-- Lua hands a command some thousands of words at most.
local WORDS_MAX = 2000

-- Strings as they are after this run: key -> text, or false for none. LIFETIMES has those to be written: key -> ms,
-- KEEP, or false for ever.
local STRINGS, LIFETIMES
-- Commands to come: key -> their words. First those that take members away, then those that add.
local DROPS, PUTS
-- Entries of the journal to come: id, text, ...
local ENTRIES
-- Whether this run is for several items.
local MANY
-- officer -> the ticket in hand, or false; officer -> when the lease ends, or false. line -> how many wait in it.
-- id -> ticket. <officer>:<request> -> its ticket, or false.
local IN_HAND, LEASE_ENDS, LENGTHS, TICKETS, REQUESTS
-- The hash that requests are remembered in now, the one before it, and how long each lives.
local REQUESTS_NOW, REQUESTS_BEFORE, REQUESTS_TTL_MS
-- Whether REQUESTS_NOW gets something in this run.
local REMEMBERED

local function have_written() LIFETIMES, DROPS, PUTS, ENTRIES = {}, {}, {}, {} end

-- At the beginning of a run: another one, or one that failed, came before.
local function forget(many)
  MANY, STRINGS, IN_HAND, LEASE_ENDS, LENGTHS, TICKETS = many, {}, {}, {}, {}, {}
  REQUESTS, REMEMBERED = {}, false
  have_written()
end

local function write_string(key, text, lifetime)
  if lifetime == KEEP then
    redis.call('SET', key, text, KEEP)
  elseif lifetime then
    redis.call('SET', key, text, 'PX', lifetime)
  else
    redis.call('SET', key, text)
  end
end

local function write_strings()
  local lasting = { 'MSET' }
  for key, lifetime in pairs(LIFETIMES) do
    if lifetime then
      write_string(key, STRINGS[key], lifetime)
    else
      lasting[#lasting + 1] = key
      lasting[#lasting + 1] = STRINGS[key]
    end
  end
  if lasting[2] then redis.call(unpack(lasting)) end
end

local function write_version() redis.call('HSET', META, 'ver', int(VERSION), 'seq', int(ARRIVALS)) end

-- Writes what is to be written until now.
local function write()
  for _, words in pairs(DROPS) do redis.call(unpack(words)) end
  write_strings()
  for _, words in pairs(PUTS) do redis.call(unpack(words)) end
  if REMEMBERED then redis.call('PEXPIRE', REQUESTS_NOW, REQUESTS_TTL_MS, 'NX') end
  for i = 1, #ENTRIES, 2 do redis.call('XADD', JOURNAL, ENTRIES[i], 'e', ENTRIES[i + 1]) end
  if ENTRIES[1] then write_version() end
  have_written()
end

-- One more member to be taken from `key` by ZREM, SREM or HDEL.
local function drop(command, key, member)
  if not MANY then
    redis.call(command, key, member)
    return
  end
  local words = DROPS[key]
  -- Before what this run added there, it would be written too soon.
  if PUTS[key] or words and #words > WORDS_MAX then
    write()
    words = nil
  end
  if not words then
    words = { command, key }
    DROPS[key] = words
  end
  words[#words + 1] = member
end

-- One more member to be added to `key` by ZADD, SADD or HSET, which takes one or two words for it.
local function put(command, key, first, second)
  if not MANY then
    if second then redis.call(command, key, first, second) else redis.call(command, key, first) end
    return
  end
  local words = PUTS[key]
  if words and #words > WORDS_MAX then
    write()
    words = nil
  end
  if not words then
    words = { command, key }
    PUTS[key] = words
  end
  local count = #words
  words[count + 1], words[count + 2] = first, second
end

-- Whatever is asked of this key's members next sees what this run wrote.
local function settle(key)
  if PUTS[key] or DROPS[key] then write() end
end

-- A string; false for none.
local function get(key)
  local text = STRINGS[key]
  if text == nil then
    text = redis.call('GET', key)
    STRINGS[key] = text
  end
  return text
end

-- Reads strings that will be asked for, all at once.
local function fetch(keys)
  local missing = {}
  for i = 1, #keys do
    if STRINGS[keys[i]] == nil then missing[#missing + 1] = keys[i] end
  end
  if not missing[2] then return end
  local texts = redis.call('MGET', unpack(missing))
  for i = 1, #missing do STRINGS[missing[i]] = texts[i] end
end

local function set(key, text, lifetime)
  STRINGS[key] = text
  if MANY then LIFETIMES[key] = lifetime or false else write_string(key, text, lifetime) end
end

local function delete(key)
  STRINGS[key], LIFETIMES[key] = false, nil
  if MANY then DROPS[key] = { 'DEL', key } else redis.call('DEL', key) end
end

-- One more entry of the journal, of the present version.
local function enter(text)
  local id = int(VERSION) .. '-' .. NOW_TEXT
  if MANY then
    local count = #ENTRIES
    ENTRIES[count + 1], ENTRIES[count + 2] = id, text
  else
    redis.call('XADD', JOURNAL, id, 'e', text)
    write_version()
  end
end

local function in_hand(officer)
  local id = IN_HAND[officer]
  if id == nil then
    id = redis.call('HGET', OFFICERS, officer)
    IN_HAND[officer] = id
  end
  return id
end

local function hand_to(officer, id)
  IN_HAND[officer] = id
  put('HSET', OFFICERS, officer, id)
end

local function empty_hand(officer)
  IN_HAND[officer] = false
  drop('HDEL', OFFICERS, officer)
end

local function length(line)
  local count = LENGTHS[line]
  if not count then
    count = redis.call('ZCARD', line_key(line))
    LENGTHS[line] = count
  end
  return count
end

local function join(line, place, id)
  LENGTHS[line] = length(line) + 1
  put('ZADD', line_key(line), place, id)
end

local function quit(line, id)
  if LENGTHS[line] then LENGTHS[line] = LENGTHS[line] - 1 end
  drop('ZREM', line_key(line), id)
end

local function lease_end(officer)
  local ends = LEASE_ENDS[officer]
  if ends == nil then
    ends = redis.call('ZSCORE', LEASES, officer)
    LEASE_ENDS[officer] = ends
  end
  return ends
end

-- An officer who does something is there. Written when half of the lease is over, which is seldom: consoles beat.
local function renew_lease(officer, lease_ms)
  local ends = lease_end(officer)
  if ends and ends - NOW >= lease_ms / 2 then return end
  LEASE_ENDS[officer] = NOW + lease_ms
  put('ZADD', LEASES, int(NOW + lease_ms), officer)
end

-- Reads what will be asked of officers, all at once.
local function fetch_officers(officers)
  local held = redis.call('HMGET', OFFICERS, unpack(officers))
  local ends = redis.call('ZMSCORE', LEASES, unpack(officers))
  for i = 1, #officers do IN_HAND[officers[i]], LEASE_ENDS[officers[i]] = held[i], ends[i] end
end

-- Requests are kept in a hash for each span of their lifetime, and looked for in two of them: so they are remembered for
-- one to two lifetimes, and many are written in one command, which a key each with its own lifetime could not be.
local function remember_for(lifetime_ms)
  local span = math.floor(NOW / lifetime_ms)
  REQUESTS_NOW, REQUESTS_BEFORE = PREFIX .. 'r:' .. int(span), PREFIX .. 'r:' .. int(span - 1)
  REQUESTS_TTL_MS = int(2 * lifetime_ms)
end

local function request_of(officer, id) return officer .. ':' .. id end

-- The ticket of a request that was answered before; false for a new one.
local function remembered(request)
  local id = REQUESTS[request]
  if id == nil then
    id = redis.call('HGET', REQUESTS_NOW, request) or redis.call('HGET', REQUESTS_BEFORE, request)
    REQUESTS[request] = id
  end
  return id
end

-- Reads requests that will be asked for, all at once.
local function fetch_requests(requests)
  local now = redis.call('HMGET', REQUESTS_NOW, unpack(requests))
  local before = redis.call('HMGET', REQUESTS_BEFORE, unpack(requests))
  for i = 1, #requests do REQUESTS[requests[i]] = now[i] or before[i] end
end

local function remember(request, id)
  REQUESTS[request] = id
  put('HSET', REQUESTS_NOW, request, id)
  if MANY then REMEMBERED = true else redis.call('PEXPIRE', REQUESTS_NOW, REQUESTS_TTL_MS, 'NX') end
end
