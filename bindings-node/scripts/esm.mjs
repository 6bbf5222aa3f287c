// Writes the ESM half: the same classes under `import`, so that `instanceof` holds across both. It needs no native
// library.
import { readFileSync, writeFileSync } from 'node:fs'

const dist = new URL('../dist/', import.meta.url)
const types = readFileSync(new URL('index.d.ts', dist), 'utf8')
const names = [...types.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list]) =>
  list.split(',').map((name) => name.trim()),
)
const lines = [`import danmal from './index.js'`, `export const { ${names.sort().join(', ')} } = danmal`, '']
writeFileSync(new URL('index.mjs', dist), lines.join('\n'))
// The types are the same; their relative imports must name files.
writeFileSync(new URL('index.d.mts', dist), types.replace(/from '(\.\/[a-z]+)'/g, `from '$1.js'`))
