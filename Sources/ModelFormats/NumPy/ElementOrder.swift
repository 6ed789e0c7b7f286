internal import Neural

/// Changes of how a tensor's elements lie in memory.
enum ElementOrder {
  /// Turns each element's bytes around.
  static func swapBytes(of tensor: inout Tensor) throws {
    let size = tensor.elementType.byteCount
    try tensor.withUnsafeMutableBytes { bytes in
      switch size {
      case 2: swap(bytes.bindMemory(to: UInt16.self))
      case 4: swap(bytes.bindMemory(to: UInt32.self))
      case 8: swap(bytes.bindMemory(to: UInt64.self))
      default: break
      }
    }
  }

  private static func swap<T: FixedWidthInteger>(_ elements: UnsafeMutableBufferPointer<T>) {
    for index in elements.indices { elements[index] = elements[index].byteSwapped }
  }

  /// Makes every byte but 0 a 1.
  static func normaliseBools(of tensor: inout Tensor) throws {
    try tensor.withUnsafeMutableBytes { bytes in
      for index in bytes.indices where bytes[index] > 1 { bytes[index] = 1 }
    }
  }

  /// The tensor with its axes in reverse order.
  static func transposed(_ tensor: Tensor) throws -> Tensor {
    let shape: [Int] = tensor.shape.reversed()
    guard tensor.count > 0, shape.count > 1 else { return try tensor.reshaped(shape) }
    var result = try Tensor(zeros: tensor.elementType, shape: shape)
    // Step in the source along each axis of the result.
    var steps = [Int](repeating: 1, count: shape.count)
    for axis in 1..<shape.count { steps[axis] = steps[axis - 1] * shape[axis - 1] }
    try tensor.withUnsafeBytes { source in
      try result.withUnsafeMutableBytes { target in
        switch tensor.elementType.byteCount {
        case 1: gather(source, target, shape, steps, as: UInt8.self)
        case 2: gather(source, target, shape, steps, as: UInt16.self)
        case 4: gather(source, target, shape, steps, as: UInt32.self)
        default: gather(source, target, shape, steps, as: UInt64.self)
        }
      }
    }
    return result
  }

  private static func gather<T>(
    _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, _ shape: [Int],
    _ steps: [Int], as _: T.Type
  ) {
    let source = source.bindMemory(to: T.self)
    let target = target.bindMemory(to: T.self)
    var position = [Int](repeating: 0, count: shape.count)
    var offset = 0
    for index in target.indices {
      target[index] = source[offset]
      var axis = shape.count - 1
      while axis >= 0 {
        position[axis] += 1
        offset += steps[axis]
        if position[axis] < shape[axis] { break }
        offset -= steps[axis] * shape[axis]
        position[axis] = 0
        axis -= 1
      }
    }
  }
}
