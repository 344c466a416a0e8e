// Builds connect-form.js, one file without dependencies, from widget/.
//
//   node build.mjs           writes it
//   node build.mjs --check   fails if the committed file is out of date or too large
import { readFile, writeFile } from 'node:fs/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';

const LIMIT = 25_000;
const at = (path) => new URL(path, import.meta.url).pathname;

const css = {
  name: 'stylesheet as text',
  setup(builder) {
    builder.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path), { loader: 'css', minify: true, target: 'es2022' });
      return { contents: code.trim(), loader: 'text' };
    });
  },
};

const { outputFiles } = await build({
  entryPoints: [at('widget/main.js')],
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  plugins: [css],
  banner: { js: '// Built from web/widget by web/build.mjs; Apache-2.0' },
});
const built = outputFiles[0].contents;
const sizes = { plain: built.length, gzip: gzipSync(built, { level: 9 }).length, brotli: brotliCompressSync(built).length };
console.log('connect-form.js:', sizes);
if (sizes.gzip > LIMIT) {
  console.error(`connect-form.js has ${sizes.gzip} bytes compressed, and may have ${LIMIT}`);
  process.exitCode = 1;
}
if (!process.argv.includes('--check')) {
  await writeFile(at('connect-form.js'), built);
} else if (!(await readFile(at('connect-form.js'))).equals(Buffer.from(built))) {
  console.error('connect-form.js is not what widget/ makes; run `npm run build` in web/');
  process.exitCode = 1;
}
