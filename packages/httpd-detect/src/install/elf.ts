// Just enough of ELF (System V ABI, "Object Files" and "Dynamic Linking"; 64 bit, little endian) to do without readelf and
// patchelf, which a machine that only runs Node does not have.

const programType = { load: 1, dynamic: 2 } as const;
const dynamicTag = { null: 0, needed: 1, stringTable: 5, rpath: 15, runpath: 29 } as const;
const writableFlag = 2;
const pageBytes = 4096;

interface Segment {
  readonly headerOffset: number;
  readonly type: number;
  readonly flags: number;
  readonly fileOffset: number;
  readonly address: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

interface DynamicEntry {
  readonly offset: number;
  readonly tag: number;
  readonly value: number;
}

interface Image {
  readonly segments: readonly Segment[];
  /** The whole dynamic section, with the spare null entries that linkers leave at its end. */
  readonly dynamic: readonly DynamicEntry[];
}

/** Names of the shared libraries an image needs (DT_NEEDED); empty for anything that is not a dynamic 64-bit little-endian ELF image. */
export function readNeeded(bytes: Buffer): readonly string[] {
  const image = parseImage(bytes);
  if (image === undefined) return [];
  const table = findStringTable(image);
  return entriesInUse(image)
    .filter((entry) => entry.tag === dynamicTag.needed)
    .map((entry) => readString(bytes, table.fileOffset + entry.value));
}

/**
 * A copy of an executable with DT_RPATH set; undefined when it has no room for it, or a search path already. RPATH and not
 * RUNPATH: it also serves the libraries that loaded modules need. The entry takes a spare null entry, the string the padding
 * between the end of a read-only segment and the end of its page, which is mapped anyway.
 */
export function withRpath(bytes: Buffer, rpath: string): Buffer | undefined {
  const image = parseImage(bytes);
  if (image === undefined) return undefined;
  if (image.dynamic.some(({ tag }) => tag === dynamicTag.rpath || tag === dynamicTag.runpath))
    return undefined;
  const [free, end] = image.dynamic.filter(({ tag }) => tag === dynamicTag.null);
  if (free === undefined || end === undefined) return undefined;
  const text = Buffer.from(`${rpath}\0`);
  const table = findStringTable(image);
  const host = image.segments.find((segment) => hasRoom(bytes, segment, text.length, table.address));
  if (host === undefined) return undefined;

  const patched = Buffer.from(bytes);
  text.copy(patched, host.fileOffset + host.fileBytes);
  writeWord(patched, free.offset, dynamicTag.rpath);
  writeWord(patched, free.offset + 8, host.address + host.fileBytes - table.address);
  writeWord(patched, host.headerOffset + 32, host.fileBytes + text.length);
  writeWord(patched, host.headerOffset + 40, host.memoryBytes + text.length);
  return patched;
}

function parseImage(bytes: Buffer): Image | undefined {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1)
    return undefined;
  const headersOffset = readWord(bytes, 32);
  const headerBytes = bytes.readUInt16LE(54);
  const segments = Array.from({ length: bytes.readUInt16LE(56) }, (_, index) =>
    readSegment(bytes, headersOffset + index * headerBytes),
  );
  const section = segments.find((segment) => segment.type === programType.dynamic);
  if (section === undefined) return undefined;
  const dynamic = Array.from({ length: Math.floor(section.fileBytes / 16) }, (_, index) => {
    const offset = section.fileOffset + index * 16;
    return { offset, tag: readWord(bytes, offset), value: readWord(bytes, offset + 8) };
  });
  return { segments, dynamic };
}

function readSegment(bytes: Buffer, offset: number): Segment {
  return {
    headerOffset: offset,
    type: bytes.readUInt32LE(offset),
    flags: bytes.readUInt32LE(offset + 4),
    fileOffset: readWord(bytes, offset + 8),
    address: readWord(bytes, offset + 16),
    fileBytes: readWord(bytes, offset + 32),
    memoryBytes: readWord(bytes, offset + 40),
  };
}

function entriesInUse({ dynamic }: Image): readonly DynamicEntry[] {
  const end = dynamic.findIndex(({ tag }) => tag === dynamicTag.null);
  return end === -1 ? dynamic : dynamic.slice(0, end);
}

function findStringTable(image: Image): { readonly address: number; readonly fileOffset: number } {
  const address = entriesInUse(image).find(({ tag }) => tag === dynamicTag.stringTable)?.value ?? 0;
  const holder = image.segments.find(
    ({ type, address: start, fileBytes }) =>
      type === programType.load && address >= start && address < start + fileBytes,
  );
  return { address, fileOffset: address - (holder?.address ?? 0) + (holder?.fileOffset ?? 0) };
}

/** A read-only segment behind the string table (offsets into it are unsigned), with zeroes up to the end of its page. */
function hasRoom(bytes: Buffer, segment: Segment, length: number, tableAddress: number): boolean {
  const { type, flags, fileOffset, address, fileBytes, memoryBytes } = segment;
  if (type !== programType.load || (flags & writableFlag) !== 0 || fileBytes !== memoryBytes) return false;
  const end = fileOffset + fileBytes;
  const padding = Math.ceil(end / pageBytes) * pageBytes - end;
  if (padding < length || end + length > bytes.length || address + fileBytes <= tableAddress) return false;
  return bytes.subarray(end, end + length).every((byte) => byte === 0);
}

function readString(bytes: Buffer, offset: number): string {
  return bytes.toString('latin1', offset, bytes.indexOf(0, offset));
}

function readWord(bytes: Buffer, offset: number): number {
  return Number(bytes.readBigUInt64LE(offset));
}

function writeWord(bytes: Buffer, offset: number, value: number): void {
  bytes.writeBigUInt64LE(BigInt(value), offset);
}
