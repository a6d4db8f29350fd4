--- Entities of HTML in texts: "&amp;", "&eacute;", "&#233;", "&#xE9;".
-- Neighbour: data.encoding, bytes of a code point.
-- @module eimf.text.html

local encoding = require "eimf.data.encoding"

local html = {}

-- Names of HTML 4 and what they stand for.
local NAMES = [[
  quot 34 amp 38 apos 39 lt 60 gt 62 nbsp 160 iexcl 161 cent 162 pound 163 curren 164 yen 165 brvbar 166 sect 167
  uml 168 copy 169 ordf 170 laquo 171 not 172 shy 173 reg 174 macr 175 deg 176 plusmn 177 sup2 178 sup3 179
  acute 180 micro 181 para 182 middot 183 cedil 184 sup1 185 ordm 186 raquo 187 frac14 188 frac12 189 frac34 190
  iquest 191 Agrave 192 Aacute 193 Acirc 194 Atilde 195 Auml 196 Aring 197 AElig 198 Ccedil 199 Egrave 200
  Eacute 201 Ecirc 202 Euml 203 Igrave 204 Iacute 205 Icirc 206 Iuml 207 ETH 208 Ntilde 209 Ograve 210 Oacute 211
  Ocirc 212 Otilde 213 Ouml 214 times 215 Oslash 216 Ugrave 217 Uacute 218 Ucirc 219 Uuml 220 Yacute 221 THORN 222
  szlig 223 agrave 224 aacute 225 acirc 226 atilde 227 auml 228 aring 229 aelig 230 ccedil 231 egrave 232 eacute 233
  ecirc 234 euml 235 igrave 236 iacute 237 icirc 238 iuml 239 eth 240 ntilde 241 ograve 242 oacute 243 ocirc 244
  otilde 245 ouml 246 divide 247 oslash 248 ugrave 249 uacute 250 ucirc 251 uuml 252 yacute 253 thorn 254 yuml 255
  OElig 338 oelig 339 Scaron 352 scaron 353 Yuml 376 fnof 402 circ 710 tilde 732 Alpha 913 Beta 914 Gamma 915
  Delta 916 Epsilon 917 Zeta 918 Eta 919 Theta 920 Iota 921 Kappa 922 Lambda 923 Mu 924 Nu 925 Xi 926 Omicron 927
  Pi 928 Rho 929 Sigma 931 Tau 932 Upsilon 933 Phi 934 Chi 935 Psi 936 Omega 937 alpha 945 beta 946 gamma 947
  delta 948 epsilon 949 zeta 950 eta 951 theta 952 iota 953 kappa 954 lambda 955 mu 956 nu 957 xi 958 omicron 959
  pi 960 rho 961 sigmaf 962 sigma 963 tau 964 upsilon 965 phi 966 chi 967 psi 968 omega 969 thetasym 977 upsih 978
  piv 982 ensp 8194 emsp 8195 thinsp 8201 zwnj 8204 zwj 8205 lrm 8206 rlm 8207 ndash 8211 mdash 8212 lsquo 8216
  rsquo 8217 sbquo 8218 ldquo 8220 rdquo 8221 bdquo 8222 dagger 8224 Dagger 8225 bull 8226 hellip 8230 permil 8240
  prime 8242 Prime 8243 lsaquo 8249 rsaquo 8250 oline 8254 frasl 8260 euro 8364 image 8465 weierp 8472 real 8476
  trade 8482 alefsym 8501 larr 8592 uarr 8593 rarr 8594 darr 8595 harr 8596 crarr 8629 lArr 8656 uArr 8657 rArr 8658
  dArr 8659 hArr 8660 forall 8704 part 8706 exist 8707 empty 8709 nabla 8711 isin 8712 notin 8713 ni 8715 prod 8719
  sum 8721 minus 8722 lowast 8727 radic 8730 prop 8733 infin 8734 ang 8736 and 8743 or 8744 cap 8745 cup 8746
  int 8747 there4 8756 sim 8764 cong 8773 asymp 8776 ne 8800 equiv 8801 le 8804 ge 8805 sub 8834 sup 8835 nsub 8836
  sube 8838 supe 8839 oplus 8853 otimes 8855 perp 8869 sdot 8901 lceil 8968 rceil 8969 lfloor 8970 rfloor 8971
  lang 10216 rang 10217 loz 9674 spades 9824 clubs 9827 hearts 9829 diams 9830
]]

local MAX_CODE = 0x10FFFF

-- 128 to 159 are meant as in Windows-1252, as browsers read them; 0: as they are.
local WINDOWS = {
  0x20AC, 0, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0, 0x17D, 0,
  0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A, 0x153, 0, 0x17E, 0x178,
}

local named, without_end = {}, {}
for name, code in NAMES:gmatch("(%w+) (%d+)") do
  code = tonumber(code)
  named[name .. ";"] = encoding.utf8_char(code)
  if code < 256 and name ~= "apos" then without_end[name] = named[name .. ";"] end     -- old pages leave ";" out
end
for _, name in ipairs { "AMP", "LT", "GT", "QUOT", "COPY", "REG" } do
  named[name .. ";"], without_end[name] = named[name:lower() .. ";"], named[name:lower() .. ";"]
end

-- Control codes and what is no code point: nothing, or the replacement character where something was meant.
local function character (code)
  if code == 0 or code > MAX_CODE or (code >= 0xD800 and code < 0xE000) then return "\239\191\189" end
  if code >= 128 and code < 160 and WINDOWS[code - 127] > 0 then return encoding.utf8_char(WINDOWS[code - 127]) end
  if code < 32 and not (code == 9 or code == 10 or code == 12 or code == 13) then return "" end
  if code == 127 or code % 0x10000 >= 0xFFFE or (code >= 0xFDD0 and code <= 0xFDEF) then return "" end
  return encoding.utf8_char(code)
end

local function from_number (digits, base)
  return digits ~= "" and character(#digits > 9 and MAX_CODE + 1 or tonumber(digits, base)) or nil
end

local function decoded (body)
  local hexadecimal, decimal = body:match("^#[xX](%x+);?$"), body:match("^#(%d+);?$")
  if hexadecimal then return from_number(hexadecimal:gsub("^0+(.)", "%1"), 16) end
  if decimal then return from_number(decimal:gsub("^0+(.)", "%1"), 10) end
  return named[body] or without_end[body]
end

--- Decodes the entities of a text, once: names of HTML 4, "&apos;", and numbers. What is no entity stays.
-- @tparam string text
-- @treturn string UTF-8 where the text was
-- @usage html.decode "Shampoo &amp; Conditioner, 1&#189; oz"
function html.decode (text)
  if not text:find("&", 1, true) then return text end
  return (text:gsub("&(#?%w+;?)", decoded))
end

return html
