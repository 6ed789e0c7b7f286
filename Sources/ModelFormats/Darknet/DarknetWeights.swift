internal import Neural

/// The numbers of a `.weights` file in their order.
///
/// The header is three Int32 (major, minor, revision) and the count of pictures seen in training,
/// an Int64 since version 0.2 and an Int32 before; Float32 numbers follow to the end. All little
/// endian.
struct DarknetWeights {
  let version: (major: Int, minor: Int, revision: Int)
  let seenCount: Int
  private let bytes: [UInt8]
  private var offset: Int
  private let allowsNonfinite: Bool

  private static let versionLimit = 9999

  /// - Throws: `ModelError`.
  init(_ bytes: [UInt8], allowsNonfinite: Bool) throws {
    if let foreign = ForeignContent.description(of: bytes) { throw ModelError.notAModel(foreign) }
    func int32(_ index: Int) throws -> Int {
      guard bytes.count >= 4 * index + 4 else {
        throw ModelError.malformed("\(bytes.count) bytes are too few for the weights' header")
      }
      return bytes.withUnsafeBytes {
        Int(Int32(littleEndian: $0.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self)))
      }
    }
    let (major, minor, revision) = (try int32(0), try int32(1), try int32(2))
    for (name, number) in [("major", major), ("minor", minor)] {
      guard (0...DarknetWeights.versionLimit).contains(number) else {
        throw ModelError.notAModel(
          "not Darknet weights: \(name) version is \(number), 0 to "
            + "\(DarknetWeights.versionLimit) allowed")
      }
    }
    version = (major, minor, revision)
    let hasLongCount = major * 10 + minor >= 2 && major < 1000 && minor < 1000
    let low = try int32(3)
    if hasLongCount {
      seenCount = try int32(4) << 32 | low & 0xffff_ffff
    } else {
      seenCount = low
    }
    offset = hasLongCount ? 20 : 16
    self.bytes = bytes
    self.allowsNonfinite = allowsNonfinite
  }

  /// Fully connected layers are stored inputs first.
  var isTransposed: Bool { version.major > 1000 || version.minor > 1000 }

  /// Checks that the file holds exactly `count` numbers.
  func checkCount(_ count: Int) throws {
    let held = bytes.count - offset
    guard held % 4 == 0, held / 4 == count else {
      throw ModelError.malformed(
        "\(held) bytes of weights, the network needs \(count) numbers"
          + (count < 1 << 60 ? " (\(count * 4) bytes)" : ""))
    }
  }

  /// The next numbers as a tensor.
  ///
  /// - Throws: `ModelError.tensor` for NaN and infinities; `.malformed` at the end of the file.
  mutating func take(_ shape: [Int], name: String) throws -> Tensor {
    let byteCount = try Tensor.checkedCount(shape, elementType: .float32) * 4
    guard byteCount <= bytes.count - offset else {
      throw ModelError.tensor(
        name, "needs \(byteCount) bytes, \(bytes.count - offset) are left")
    }
    var tensor = try Tensor(zeros: .float32, shape: shape)
    try tensor.withUnsafeMutableBytes { target in
      bytes.withUnsafeBytes { source in
        target.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + byteCount]))
      }
      #if _endian(big)
        let words = target.bindMemory(to: UInt32.self)
        for index in words.indices { words[index] = words[index].byteSwapped }
      #endif
    }
    offset += byteCount
    let nonfinite = tensor.nonfiniteCount
    if !allowsNonfinite && !nonfinite.isZero {
      throw ModelError.tensor(name, nonfinite.detail)
    }
    return tensor
  }
}
