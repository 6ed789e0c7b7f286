/// Which scale and zero point belong to each element of a quantised tensor: one for all, one per
/// position of an axis, or one per block of elements along an axis.
struct QuantizationSteps {
  /// Elements of the scales per element of the tensor, as a walk: `index(of:)`.
  private let strides: [Int]
  private let shape: [Int]
  private let scaleStrides: [Int]
  private let blocks: [Int]

  /// - Parameters:
  ///   - shape: The tensor's.
  ///   - scale: The scales' shape: none or one element, `[shape[axis]]`, or `shape` divided by
  ///     `blockSize` (rounded up) on `axis`.
  ///   - blockSize: 0 where there are no blocks.
  /// - Throws: `OperatorError` for shapes that do not fit.
  init(_ shape: [Int], scale: [Int], axis: Int, blockSize: Int) throws {
    self.shape = shape
    strides = StridedWalk.rowMajorStrides(shape)
    guard blockSize >= 0 else {
      throw OperatorError.invalidAttribute("block_size", "\(blockSize) is below 0")
    }
    if scale.isEmpty || scale == [1] && blockSize == 0 {
      scaleStrides = shape.map { _ in 0 }
      blocks = shape.map { _ in 1 }
      return
    }
    let axis = try Axes.resolve(axis, rank: shape.count)
    if blockSize == 0 {
      guard scale == [shape[axis]] else {
        throw OperatorError.invalidInput(
          "scale of shape \(scale) for \(shape[axis]) positions of axis \(axis)")
      }
      scaleStrides = shape.indices.map { $0 == axis ? 1 : 0 }
      blocks = shape.map { _ in 1 }
      return
    }
    var expected = shape
    expected[axis] = (shape[axis] + blockSize - 1) / blockSize
    guard scale == expected else {
      throw OperatorError.invalidInput(
        "scale of shape \(scale), blocks of \(blockSize) on axis \(axis) need \(expected)")
    }
    scaleStrides = StridedWalk.rowMajorStrides(expected)
    blocks = shape.indices.map { $0 == axis ? blockSize : 1 }
  }

  /// The position of each element's scale, in the elements' row-major order.
  func indices() -> [Int] {
    let count = shape.reduce(1, *)
    guard scaleStrides.contains(where: { $0 != 0 }) else {
      return [Int](repeating: 0, count: count)
    }
    return (0..<count).map { element in
      shape.indices.reduce(0) { index, axis in
        index + element / strides[axis] % shape[axis] / blocks[axis] * scaleStrides[axis]
      }
    }
  }
}

extension ElementType {
  /// The whole numbers that a quantised type holds.
  ///
  /// - Throws: `OperatorError.unsupported` for types that nothing is quantised to.
  func quantizedRange() throws -> ClosedRange<Int> {
    switch self {
    case .int8: -128...127
    case .uint8: 0...255
    case .int16: -32_768...32_767
    case .uint16: 0...65_535
    case .int32: Int(Int32.min)...Int(Int32.max)
    default: throw OperatorError.unsupported("quantisation to \(self)")
    }
  }
}

extension Tensor {
  /// Whole numbers as elements of a quantised type that holds them.
  static func quantized(_ values: [Int], _ type: ElementType, _ shape: [Int]) throws -> Tensor {
    func filled<T: FixedWidthInteger>(_: T.Type) throws -> Tensor {
      try Tensor(type, shape: shape, as: T.self) { output in
        for i in values.indices { output[i] = T(truncatingIfNeeded: values[i]) }
      }
    }
    return switch type {
    case .int8: try filled(Int8.self)
    case .uint8: try filled(UInt8.self)
    case .int16: try filled(Int16.self)
    case .uint16: try filled(UInt16.self)
    default: try filled(Int32.self)
    }
  }

  /// The elements less their zero point, which is one number or one per row or column of `[rows,
  /// columns]` seen from the last axis.
  func integers(less zero: [Int], every stride: Int, of count: Int) throws -> [Int] {
    let values = try integers()
    if zero.isEmpty || zero == [0] { return values }
    return values.enumerated().map { $1 - zero[zero.count == 1 ? 0 : $0 / stride % count] }
  }
}
