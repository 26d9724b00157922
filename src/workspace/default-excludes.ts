/**
 * What is left out of an index unless a project says otherwise, in the syntax of `.gitignore`; any ignore file of the
 * user (`!dist-data/`, `!*.svg`) overrules it.
 */
export const DEFAULT_EXCLUDES = `
# version control
.git
.hg/
.svn/
.jj/
.bzr/
CVS/
# dependencies, environments, caches
node_modules/
bower_components/
jspm_packages/
.venv/
venv/
site-packages/
__pycache__/
.tox/
.nox/
.mypy_cache/
.pytest_cache/
.ruff_cache/
.gradle/
.next/
.nuxt/
.svelte-kit/
.turbo/
.parcel-cache/
.cache/
.yarn/
.pnpm-store/
.terraform/
.dart_tool/
.stack-work/
.zig-cache/
zig-cache/
_build/
DerivedData/
.nyc_output/
htmlcov/
# lock files
package-lock.json
npm-shrinkwrap.json
yarn.lock
pnpm-lock.yaml
bun.lock
bun.lockb
deno.lock
Cargo.lock
poetry.lock
uv.lock
pdm.lock
Pipfile.lock
composer.lock
Gemfile.lock
go.sum
flake.lock
mix.lock
pubspec.lock
Podfile.lock
packages.lock.json
gradle.lockfile
# secrets
.env
.env.*
!.env.example
!.env.sample
!.env.template
*.pem
*.p12
*.pfx
*.key
*.keystore
*.jks
id_rsa
id_ed25519
.netrc
.npmrc
.pypirc
# bundled output
*.min.js
*.min.css
*.min.mjs
*.map
*.bundle.js
*.tsbuildinfo
# logs and editor leftovers
*.log
*~
*.swp
.codelab-*.tmp
.DS_Store
Thumbs.db
# binary by name
${binaryExtensions()
  .map((extension) => `*.${extension}`)
  .join("\n")}
`;

/** Directory names that hold build output where one of these files lies beside them, and source code elsewhere. */
export const BUILD_OUTPUT: ReadonlyMap<string, readonly string[]> = new Map([
  ["dist", ["package.json", "pyproject.toml", "setup.py", "bower.json"]],
  ["build", ["package.json", "pyproject.toml", "setup.py", "build.gradle", "build.gradle.kts", "CMakeLists.txt"]],
  ["out", ["package.json", "tsconfig.json", "build.gradle", "CMakeLists.txt", "foundry.toml"]],
  ["target", ["Cargo.toml", "pom.xml", "build.sbt"]],
  ["coverage", ["package.json", "pyproject.toml"]],
  ["cmake-build-debug", ["CMakeLists.txt"]],
  ["cmake-build-release", ["CMakeLists.txt"]],
  ["bin", ["*.csproj", "*.fsproj", "*.vbproj"]],
  ["obj", ["*.csproj", "*.fsproj", "*.vbproj"]],
]);

function binaryExtensions(): string[] {
  return `
    png jpg jpeg gif bmp ico icns webp avif heic tif tiff psd ai eps svg svgz xcf raw cr2 nef
    ttf otf woff woff2 eot pfb
    zip gz tgz bz2 tbz xz txz zst lz lz4 lzma 7z rar tar jar war ear apk aab ipa dmg iso img deb rpm msi cab whl egg gem nupkg crate vsix asar pack
    mp3 mp4 m4a m4v mov avi mkv webm wav flac ogg oga ogv opus aac wma wmv mid midi
    pdf doc docx xls xlsx ppt pptx odt ods odp epub mobi
    exe dll so dylib a lib o obj ko bin elf com class pyc pyo pyd wasm node beam rlib rmeta pdb ilk exp lo la gch pch
    db sqlite sqlite3 mdb parquet arrow feather npy npz pkl pickle h5 hdf5 onnx pt pth safetensors gguf ckpt tflite mat rds rdata
    swf fla blend fbx glb gltf stl 3ds dwg unitypackage uasset
  `
    .trim()
    .split(/\s+/);
}
