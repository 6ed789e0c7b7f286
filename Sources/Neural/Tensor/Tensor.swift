/// A dense row-major array with value semantics.
///
/// Storage is shared until written to, and 64-byte aligned unless it is borrowed. Sizes are checked
/// and memory is asked for with a recoverable failure, so a tensor described by an untrusted file
/// cannot trap.
package struct Tensor: Sendable {
  package let elementType: ElementType
  /// Sizes per axis, outermost first; empty for a scalar.
  package let shape: [Int]
  /// Product of `shape` (1 for a scalar).
  package let count: Int
  private var storage: TensorStorage

  /// A tensor of zeros.
  ///
  /// - Throws: `TensorError.invalidShape` for negative sizes or a product that overflows or exceeds
  ///   `limit` bytes, `.outOfMemory` when the memory cannot be had.
  package init(
    zeros elementType: ElementType, shape: [Int], byteLimit: Int = Tensor.defaultByteLimit
  ) throws {
    let count = try Tensor.checkedCount(shape, elementType: elementType, byteLimit: byteLimit)
    self.elementType = elementType
    self.shape = shape
    self.count = count
    storage = try TensorStorage(byteCount: count * elementType.byteCount)
  }

  /// A tensor of elements that are somewhere already, without a copy of them.
  ///
  /// - Throws: `TensorError.invalidShape` where `shape` needs another number of bytes than there are.
  package init(
    borrowing bytes: some TensorBytes, elementType: ElementType, shape: [Int],
    byteLimit: Int = Tensor.defaultByteLimit
  ) throws {
    let count = try Tensor.checkedCount(shape, elementType: elementType, byteLimit: byteLimit)
    let available = bytes.withUnsafeBytes { $0.count }
    guard available == count * elementType.byteCount else {
      throw TensorError.invalidShape(
        shape, "needs \(count * elementType.byteCount) bytes, there are \(available)")
    }
    let storage = TensorStorage(borrowing: bytes)
    self.init(elementType: elementType, shape: shape, count: count, storage: storage)
  }

  /// 4 GiB: no tensor of a detection network comes near.
  package static let defaultByteLimit = 1 << 32

  /// The number of elements of `shape`, refusing negative sizes, overflow and more than
  /// `byteLimit` bytes.
  package static func checkedCount(
    _ shape: [Int], elementType: ElementType, byteLimit: Int = Tensor.defaultByteLimit
  ) throws -> Int {
    var count = 1
    for size in shape {
      guard size >= 0 else { throw TensorError.invalidShape(shape, "negative size") }
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { throw TensorError.invalidShape(shape, "size overflows") }
      count = product
    }
    guard count <= byteLimit / elementType.byteCount else {
      throw TensorError.invalidShape(
        shape, "\(count) elements of \(elementType.rawValue) exceed \(byteLimit) bytes")
    }
    return count
  }

  /// The same elements under another shape of equal count.
  package func reshaped(_ shape: [Int]) throws -> Tensor {
    let newCount = try Tensor.checkedCount(shape, elementType: elementType)
    guard newCount == count else {
      throw TensorError.invalidShape(shape, "has \(newCount) elements, the data has \(count)")
    }
    return Tensor(elementType: elementType, shape: shape, count: count, storage: storage)
  }

  private init(elementType: ElementType, shape: [Int], count: Int, storage: TensorStorage) {
    self.elementType = elementType
    self.shape = shape
    self.count = count
    self.storage = storage
  }

  package var byteCount: Int { count * elementType.byteCount }

  /// The raw elements in native byte order.
  package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try storage.withUnsafeBytes(byteCount, body)
  }

  /// The same elements, 64-byte aligned, at an address that lasts as long as a tensor that shares
  /// them: copied if they are borrowed.
  ///
  /// - Throws: `TensorError.outOfMemory`.
  package func owned() throws -> Tensor {
    guard storage.pointer == nil else { return self }
    let copy = try copied().storage
    return Tensor(elementType: elementType, shape: shape, count: count, storage: copy)
  }

  private func copied() throws -> (storage: TensorStorage, pointer: UnsafeMutableRawPointer) {
    let copy = try TensorStorage(byteCount: byteCount)
    guard let pointer = copy.pointer else { throw TensorError.outOfMemory(byteCount: byteCount) }
    withUnsafeBytes {
      if let start = $0.baseAddress { pointer.copyMemory(from: start, byteCount: $0.count) }
    }
    return (copy, pointer)
  }

  /// The raw elements for writing; copies first when the storage is shared.
  package mutating func withUnsafeMutableBytes<R>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> R
  ) throws -> R {
    if let pointer = storage.pointer, isKnownUniquelyReferenced(&storage) {
      return try withExtendedLifetime(storage) {
        try body(UnsafeMutableRawBufferPointer(start: pointer, count: byteCount))
      }
    }
    let copy = try copied()
    storage = copy.storage
    return try withExtendedLifetime(storage) {
      try body(UnsafeMutableRawBufferPointer(start: copy.pointer, count: byteCount))
    }
  }
}

/// What can be wrong with a tensor that a file or a graph describes.
package enum TensorError: Error, Hashable, Sendable, CustomStringConvertible {
  case invalidShape([Int], String)
  case outOfMemory(byteCount: Int)
  case wrongElementType(ElementType, expected: String)

  package var description: String {
    switch self {
    case .invalidShape(let shape, let reason):
      let sizes = shape.prefix(8).map(String.init).joined(separator: "x")
      return "shape \(sizes)\(shape.count > 8 ? "x... (\(shape.count) axes)" : ""): \(reason)"
    case .outOfMemory(let byteCount): return "out of memory at \(byteCount) bytes"
    case .wrongElementType(let type, let expected):
      return "elements are \(type.rawValue), expected \(expected)"
    }
  }
}
