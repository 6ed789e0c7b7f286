internal import CMTCNNWeights
package import Neural

/// The parameters of the three networks by name, from the file that `Scripts/convert_mtcnn.py`
/// writes and describes.
package struct CascadeWeights: Sendable {
  /// `p.conv1.weights`, …; kernels `[out, in, y, x]`, dense layers `[out, channel, y, x]`.
  package private(set) var tensors: [String: Tensor] = [:]

  private static let magic = Array("DETMTCNN".utf8)
  /// More than the format needs; a broken file may say anything.
  private static let maxTensors = 1024
  private static let maxRank = 4

  /// The published weights, compiled in.
  package static func builtIn() throws -> CascadeWeights {
    var count = 0
    let start = cmw_weights(&count)
    return try CascadeWeights(bytes: UnsafeRawBufferPointer(start: start, count: count))
  }

  /// Bytes of the published weights in the program.
  package static var builtInByteCount: Int {
    var count = 0
    _ = cmw_weights(&count)
    return count
  }

  /// - Throws: `DetectorError.invalidWeights`, `TensorError`.
  package init(bytes: UnsafeRawBufferPointer) throws {
    var position = 0
    func take(_ count: Int) throws(DetectorError) -> UnsafeRawBufferPointer {
      guard count >= 0, count <= bytes.count - position else {
        throw .invalidWeights("ends at byte \(bytes.count), \(count) more needed at \(position)")
      }
      defer { position += count }
      return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }
    func number<T: FixedWidthInteger>(_: T.Type) throws(DetectorError) -> Int {
      Int(T(littleEndian: try take(MemoryLayout<T>.size).loadUnaligned(as: T.self)))
    }
    guard try take(8).elementsEqual(Self.magic) else {
      throw DetectorError.invalidWeights("does not begin with DETMTCNN")
    }
    let version = try number(UInt32.self)
    guard version == 1 else { throw DetectorError.invalidWeights("version \(version), not 1") }
    let flags = try number(UInt32.self)
    guard flags <= 1 else { throw DetectorError.invalidWeights("unknown flags \(flags)") }
    let count = try number(UInt32.self)
    guard count <= Self.maxTensors else {
      throw DetectorError.invalidWeights("\(count) tensors, at most \(Self.maxTensors)")
    }
    var entries: [(name: String, shape: [Int])] = []
    for _ in 0..<count {
      let name = String(decoding: try take(number(UInt16.self)), as: UTF8.self)
      let rank = try number(UInt16.self)
      guard rank <= Self.maxRank else {
        throw DetectorError.invalidWeights("\(name) has \(rank) axes, at most \(Self.maxRank)")
      }
      var shape: [Int] = []
      for _ in 0..<rank { shape.append(try number(UInt32.self)) }
      entries.append((name, shape))
    }
    position = min((position + 3) / 4 * 4, bytes.count)
    for (name, shape) in entries {
      let elements = try Tensor.checkedCount(
        shape, elementType: .float32, byteLimit: bytes.count)
      let data = try take(elements * 4)
      var tensor = try Tensor(zeros: .float32, shape: shape)
      try tensor.withUnsafeMutableBytes { $0.copyMemory(from: data) }
      guard tensor.floats().allSatisfy(\.isFinite) else {
        throw DetectorError.invalidWeights("\(name) has a NaN or infinity")
      }
      guard tensors.updateValue(tensor, forKey: name) == nil else {
        throw DetectorError.invalidWeights("\(name) is given twice")
      }
    }
    guard position == bytes.count else {
      throw DetectorError.invalidWeights("\(bytes.count - position) bytes too many")
    }
    if flags & 1 != 0 { self = try transposed() }
  }

  /// The same networks for pictures with x and y swapped.
  package func transposed() throws -> CascadeWeights {
    var result = self
    for (name, tensor) in tensors where tensor.shape.count == 4 {
      let shape = tensor.shape
      let (rows, columns) = (shape[2], shape[3])
      let source = tensor.floats()
      var target = source
      for plane in 0..<shape[0] * shape[1] {
        for row in 0..<rows {
          for column in 0..<columns {
            target[(plane * columns + column) * rows + row] =
              source[(plane * rows + row) * columns + column]
          }
        }
      }
      result.tensors[name] = try Tensor(target, shape: [shape[0], shape[1], columns, rows])
    }
    return result
  }

  /// - Throws: `DetectorError.invalidWeights` when there is none of that name.
  func tensor(_ name: String) throws(DetectorError) -> Tensor {
    guard let tensor = tensors[name] else { throw .invalidWeights("no tensor \(name)") }
    return tensor
  }

  /// All parameters of the network whose tensors begin with `prefix`.
  package func parameterCount(prefix: String) -> Int {
    tensors.reduce(0) { $1.key.hasPrefix(prefix) ? $0 + $1.value.count : $0 }
  }
}
