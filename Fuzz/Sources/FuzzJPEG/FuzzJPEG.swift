import Geometry
import Glibc
import Imaging

/// Pictures, those that end early included; seeded with JPEG files. Decoded whole, 2, 4 or 8 times
/// smaller, and in bands, which must give the pixels of the whole.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  var decoder = ImageDecoder(maxPixels: 1 << 20, allowTruncated: true)
  decoder.maxBytes = 64 << 20
  _ = try? decoder.header(bytes: bytes)
  let whole = try? decoder.decode(bytes: bytes)
  if let whole, let rows = bands(bytes, decoder), !whole.isTruncated {
    precondition(rows == whole.image.samples, "bands and the whole picture differ")
  }
  decoder.draftSize = Size(width: 8, height: 8)
  _ = try? decoder.decode(bytes: bytes)
  return 0
}

/// A file without a name, for the reader of bands, which reads files only.
private let file = fileno(tmpfile())

/// All samples, read by 7 rows; `nil` for files that cannot be read so.
private func bands(_ bytes: [UInt8], _ decoder: ImageDecoder) -> [UInt8]? {
  precondition(ftruncate(file, 0) == 0 && pwrite(file, bytes, bytes.count, 0) == bytes.count)
  guard
    let opened = try? JPEGBands.open(
      pathBytes: Array("/proc/self/fd/\(file)".utf8), decoder: decoder),
    case .success(let source) = opened
  else { return nil }
  let rowLength = source.size.width * 3
  var samples = [UInt8](repeating: 0, count: rowLength * source.size.height)
  do {
    try samples.withUnsafeMutableBufferPointer { samples in
      for first in stride(from: 0, to: source.size.height, by: 7) {
        let end = min(first + 7, source.size.height)
        try source.read(
          into: UnsafeMutableBufferPointer(rebasing: samples[first * rowLength..<end * rowLength]))
      }
    }
    try source.finish()
  } catch {
    return nil
  }
  return samples
}
