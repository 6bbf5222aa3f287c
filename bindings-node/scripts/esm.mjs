// Writes the ESM half: the same classes under `import`, so that `instanceof` holds across both.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const dist = new URL('../dist/', import.meta.url)
const names = Object.keys(createRequire(import.meta.url)('../dist/index.js')).sort()
const lines = [`import danmal from './index.js'`, `export const { ${names.join(', ')} } = danmal`, '']
writeFileSync(new URL('index.mjs', dist), lines.join('\n'))
// The types are the same; their relative imports must name files.
const types = readFileSync(new URL('index.d.ts', dist), 'utf8')
writeFileSync(new URL('index.d.mts', dist), types.replace(/from '(\.\/[a-z]+)'/g, `from '$1.js'`))
