import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist', 'prebuilds', 'node_modules', 'test', 'scripts', 'bench', 'conformance', 'eslint.config.mjs'] },
  ...tseslint.configs.strictTypeChecked,
  { languageOptions: { parserOptions: { projectService: true } } },
)
