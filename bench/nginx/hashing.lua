-- SHA-256 and HMAC-SHA256 by OpenSSL, which nginx is linked with; the same binding as lua-resty-string's, which Debian
-- does not package.
local ffi = require "ffi"

ffi.cdef [[
typedef struct {
    unsigned int h[8];
    unsigned int low, high;
    unsigned int data[16];
    unsigned int num, md_len;
} bench_sha256;
int SHA256_Init(bench_sha256 *context);
int SHA256_Update(bench_sha256 *context, const void *data, size_t length);
int SHA256_Final(unsigned char *digest, bench_sha256 *context);
]]

local C, LENGTH, BLOCK = ffi.C, 32, 64
local context, digest = ffi.new "bench_sha256", ffi.new("unsigned char[?]", LENGTH)
local size = ffi.sizeof(context)

local module = {}

function module.sha256(text)
    C.SHA256_Init(context)
    C.SHA256_Update(context, text, #text)
    C.SHA256_Final(digest, context)
    return ffi.string(digest, LENGTH)
end

-- Returns the state of SHA-256 after one block: the key (of 32 bytes), combined with a constant.
local function keyed(key, constant)
    local block = ffi.new("unsigned char[?]", BLOCK)
    for index = 0, BLOCK - 1 do
        block[index] = bit.bxor(index < #key and key:byte(index + 1) or 0, constant)
    end
    local state = ffi.new "bench_sha256"
    C.SHA256_Init(state)
    C.SHA256_Update(state, block, BLOCK)
    return state
end

-- Returns a function that computes the HMAC of a text.
function module.hmac(key)
    local inner, outer = keyed(key, 0x36), keyed(key, 0x5c)
    return function(text)
        ffi.copy(context, inner, size)
        C.SHA256_Update(context, text, #text)
        C.SHA256_Final(digest, context)
        ffi.copy(context, outer, size)
        C.SHA256_Update(context, digest, LENGTH)
        C.SHA256_Final(digest, context)
        return ffi.string(digest, LENGTH)
    end
end

return module
