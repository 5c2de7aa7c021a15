-- Pandoc filter: what Typst would refuse or print badly is made safe while Markdown becomes Typst.

local function hex(text)
  return (text:gsub('.', function(c) return string.format('%02x', c:byte()) end))
end

local function typst_string(text)
  return '"' .. text:gsub('[%c]', ' '):gsub('\\', '\\\\'):gsub('"', '\\"') .. '"'
end

-- A heading keeps no label: labels of two cells may clash, and a link to a missing one stops the compiler.
function Header(el)
  el.identifier = ''
  el.classes = {}
  return el
end

function Link(el)
  -- Pages that lie beside the report (methods) keep their links; other files of this machine do not.
  local page = el.target:match('^[%w_./-]+%.html$') and not el.target:match('^/')
  if not page and not el.target:match('^https?://') and not el.target:match('^mailto:') then
    return el.content
  end
  el.classes = {}
  el.attributes = {}
  return el
end

-- Files are looked for by the caller (attachments, missing files): leave a mark for it.
function Image(el)
  local alt = pandoc.utils.stringify(el.caption)
  return pandoc.RawInline('typst', '\u{E000}image:' .. hex(el.src) .. ':' .. hex(alt) .. '\u{E001}')
end

-- Pandoc makes a lone image a captioned figure; its alt text is not a caption of the report.
function Figure(el)
  local found = nil
  el:walk({ Image = function(image) found = found or image end })
  if found then return pandoc.Para({ Image(found) }) end
end

function Math(el)
  local doc = pandoc.Pandoc({ pandoc.Plain({ pandoc.Math(pandoc.InlineMath, el.text) }) })
  local body = pandoc.write(doc, 'typst'):match('^%s*%$(.*)%$%s*$')
  -- What pandoc cannot read it hands back as text: show the source as it was written.
  if not body then
    return pandoc.RawInline('typst', '#raw(' .. typst_string(el.text) .. ')')
  end
  local block = el.mathtype == 'DisplayMath' and 'true' or 'false'
  return pandoc.RawInline('typst',
    '#math.equation(block: ' .. block .. ', alt: ' .. typst_string(el.text) .. ', $' .. body .. '$)')
end

function RawBlock(el)
  if el.format == 'html' then
    return pandoc.RawBlock('typst', '\u{E000}html:' .. hex(el.text) .. ':\u{E001}')
  end
  return pandoc.CodeBlock(el.text)
end

function RawInline(el)
  if el.format ~= 'html' then return pandoc.Code(el.text) end
  if el.text:match('^<[bB][rR]') then return pandoc.LineBreak() end
  local src = el.text:match('^<[iI][mM][gG].-src%s*=%s*["\']([^"\']+)["\']')
  if src then
    local alt = el.text:match('alt%s*=%s*["\']([^"\']*)["\']') or ''
    return pandoc.RawInline('typst', '\u{E000}image:' .. hex(src) .. ':' .. hex(alt) .. '\u{E001}')
  end
  return {}
end

-- Addresses and hashes have no syllables to break at.
function Str(el)
  if utf8.len(el.text) and utf8.len(el.text) > 24 then
    local out, n = {}, 0
    for _, code in utf8.codes(el.text) do
      if n > 0 and n % 20 == 0 then out[#out + 1] = '\u{200B}' end
      out[#out + 1] = utf8.char(code)
      n = n + 1
    end
    return pandoc.Str(table.concat(out))
  end
end

function HorizontalRule()
  return pandoc.RawBlock('typst', '#oko-rule')
end

function CodeBlock(el)
  if not el.text:match('%S') then return {} end
  return pandoc.RawBlock('typst', '#oko-mono(' .. '"' ..
    el.text:gsub('\\', '\\\\'):gsub('"', '\\"'):gsub('\r', ''):gsub('\n', '\\n'):gsub('\t', '\\t') .. '")')
end
