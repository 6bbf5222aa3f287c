import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist', 'prebuilds', 'node_modules', 'test', 'scripts', 'eslint.config.mjs', 'example'] },
  ...tseslint.configs.strictTypeChecked,
  { languageOptions: { parserOptions: { projectService: true } } },
)
