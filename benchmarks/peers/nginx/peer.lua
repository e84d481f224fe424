-- nginx, LuaJIT and OpenSSL; see benchmarks/README.md.

local base64 = require "ngx.base64"
local cjson = require "cjson.safe"
local crypto = require "crypto"

local function setting(name) return os.getenv("PEER_" .. name) end

local algorithm, key_id = setting("ALGORITHM"), setting("KEY_ID")
local app_key = crypto.sha256(setting("APP_KEY"))
local public_key = setting("PUBLIC_KEY")
local file = assert(io.open(setting("KEY")))
local sign = crypto.signers[algorithm](file:read("*a"))
file:close()

local head = base64.encode_base64url(cjson.encode { alg = algorithm, kid = key_id, typ = "JWT" }) .. "."
local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

-- 26 characters of five random bits.
local function random_id()
    local random, characters = crypto.random(26), {}
    for index = 1, 26 do
        local place = random[index - 1] % 32 + 1
        characters[index] = alphabet:sub(place, place)
    end
    return table.concat(characters)
end

local function token(claims)
    local signed = head .. base64.encode_base64url(cjson.encode(claims))
    return signed .. "." .. base64.encode_base64url(sign(signed))
end

-- An auth and a refresh token of a new session, with the caller's claims.
local function pair(claims)
    local now, id = ngx.time(), random_id()
    claims.jid, claims.iat, claims.nbf, claims.exp, claims.iss = id, now, now, now + 3600, "bench"
    local refresh = { type = "refresh", jid = id, iat = now, nbf = now, exp = now + 7200, iss = "bench" }
    return {
        key_id = key_id, public_key = public_key ~= "" and public_key or cjson.null,
        auth_token = token(claims), refresh_token = token(refresh),
    }
end

local peer = {}

-- Checks the app key and signs a pair of tokens with the claims of the body.
function peer.answer()
    if not crypto.are_equal(crypto.sha256(ngx.var.http_authorization or ""), app_key) then
        return ngx.exit(401)
    end
    ngx.req.read_body()
    local claims = cjson.decode(ngx.req.get_body_data() or "")
    if type(claims) ~= "table" then return ngx.exit(400) end
    local answer = cjson.encode(pair(claims))
    ngx.header.content_type = "application/json"
    ngx.header.content_length = #answer
    ngx.print(answer)
end

return peer
