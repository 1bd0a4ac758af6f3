// Validates asyncapi.yaml against AsyncAPI's own rules, each message's JSON Schema
// 2020-12 as such with its examples, and openapi.yaml against OpenAPI 3.1.
// `make schemas` runs it: node validate.mjs FOLDER
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import Ajv from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

const require = createRequire(import.meta.url) // the parser's ES modules do not load in Node
const { Parser, fromFile } = require('@asyncapi/parser')

const dialect = 'application/schema+json;version=draft-2020-12'
const folder = process.argv[2]
const ajv = addFormats(new Ajv({ allErrors: true, allowUnionTypes: true, strict: false }))
const checked = new Set()

// check returns what is wrong with a message's schema, or with its examples.
function check(schema) {
  const name = schema.title ?? schema.$id
  if (checked.has(name)) return []
  checked.add(name)
  let validate
  try {
    validate = ajv.compile({ ...schema, $id: undefined })
  } catch (err) {
    return [`${name}: ${err.message}`]
  }
  if (!schema.examples?.length) return [`${name}: has no example`]
  return schema.examples.flatMap((example, i) =>
    validate(example) ? [] : [`${name}, example ${i + 1}: ${ajv.errorsText(validate.errors)}`])
}

const problems = []
const parser = new Parser({
  schemaParsers: [{
    getMimeTypes: () => [dialect],
    validate: () => [], // is asked about some places only
    parse: ({ data }) => {
      problems.push(...check(data))
      return data
    },
  }],
})
const { document, diagnostics } = await fromFile(parser, join(folder, 'asyncapi.yaml')).parse()
for (const d of diagnostics.filter(d => d.severity <= 1)) { // errors and warnings
  problems.push(`asyncapi.yaml:${d.range.start.line + 1}: ${d.message} (${d.path.join('.')})`)
}
if (checked.size === 0) problems.push('no message was checked')
const openapi = new Validator()
const { valid, errors } = await openapi.validate(join(folder, 'openapi.yaml'))
if (!valid || openapi.version !== '3.1') {
  problems.push(`openapi.yaml: ${JSON.stringify(errors ?? `version ${openapi.version}`)}`)
}
if (!document || problems.length > 0) {
  problems.forEach(p => console.error(p))
  process.exit(1)
}
console.log(`asyncapi.yaml: ${document.channels().all().length} channels, ${document.operations().all().length} operations, ${checked.size} JSON Schemas with examples`)
console.log(`openapi.yaml: OpenAPI ${openapi.version}, ${Object.keys(openapi.specification.paths).length} paths`)
