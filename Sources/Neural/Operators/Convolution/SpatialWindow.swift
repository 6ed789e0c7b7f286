/// The window that a convolution or pooling slides over 1 to 3 spatial axes: sizes, steps, zero
/// borders, and the output size that follows, as ONNX defines them.
struct SpatialWindow {
  var kernel: [Int]
  var strides: [Int]
  var dilations: [Int]
  var padsBegin: [Int]
  var padsEnd: [Int]
  var autoPad: AutoPad = .notSet
  /// Whether a last, partly covered window counts. It must start before the end padding.
  var ceilMode = false

  /// Larger strides, dilations, pads and kernels are refused: kernels count in 32 bits.
  static let maximumExtent = Int(Int32.max)

  /// Refuses attributes that no window can have.
  ///
  /// - Parameter spatialAxes: The number of axes after `[N, C]`.
  func validate(spatialAxes: Int) throws {
    guard (1...3).contains(spatialAxes) else {
      throw OperatorError.unsupported("\(spatialAxes) spatial axes, needs 1 to 3")
    }
    let attributes = [
      ("kernel_shape", kernel, 1), ("strides", strides, 1), ("dilations", dilations, 1),
      ("pads (begin)", padsBegin, 0), ("pads (end)", padsEnd, 0),
    ]
    for (label, values, least) in attributes {
      guard values.count == spatialAxes else {
        throw OperatorError.invalidAttribute(
          label, "\(values.count) entries for \(spatialAxes) spatial axes")
      }
      for value in values where value < least || value > Self.maximumExtent {
        throw OperatorError.invalidAttribute(
          label, "\(value) is outside \(least)...\(Self.maximumExtent)")
      }
    }
    for axis in kernel.indices where extent(axis) > Self.maximumExtent {
      throw OperatorError.invalidAttribute(
        "dilations", "window of \(extent(axis)) elements, at most \(Self.maximumExtent)")
    }
  }

  /// As `validate`, and refuses pads as large as the window: a window must not lie wholly in them.
  func validatePooling(spatialAxes: Int) throws {
    try validate(spatialAxes: spatialAxes)
    for axis in kernel.indices where max(padsBegin[axis], padsEnd[axis]) >= extent(axis) {
      throw OperatorError.invalidAttribute(
        "pads", "\(max(padsBegin[axis], padsEnd[axis])) for a window of \(extent(axis))")
    }
  }

  /// Input elements from a window's first to its last tap, both included.
  func extent(_ axis: Int) -> Int { (kernel[axis] - 1) * dilations[axis] + 1 }

  /// The padding per axis with `autoPad` resolved. Needs `validate` first.
  func padding(_ inputSize: [Int]) -> (begin: [Int], end: [Int]) {
    switch autoPad {
    case .notSet: return (padsBegin, padsEnd)
    case .valid:
      let zeros = [Int](repeating: 0, count: kernel.count)
      return (zeros, zeros)
    case .sameUpper, .sameLower:
      let totals = kernel.indices.map { axis in
        let outputSize = (inputSize[axis] + strides[axis] - 1) / strides[axis]
        return max((outputSize - 1) * strides[axis] + extent(axis) - inputSize[axis], 0)
      }
      let smaller = totals.map { $0 / 2 }
      let larger = totals.map { $0 - $0 / 2 }
      return autoPad == .sameUpper ? (smaller, larger) : (larger, smaller)
    }
  }

  /// The spatial size of the output. Needs `validate` first.
  ///
  /// - Throws: `OperatorError.invalidInput` where the window is larger than the padded input.
  func outputSize(_ inputSize: [Int]) throws -> [Int] {
    let (begin, end) = padding(inputSize)
    return try kernel.indices.map { axis in
      let padded = inputSize[axis] + begin[axis] + end[axis]
      let room = padded - extent(axis)
      guard room >= 0, inputSize[axis] > 0 else {
        throw OperatorError.invalidInput(
          "spatial axis \(axis): window of \(extent(axis)) on \(padded) padded elements")
      }
      let stride = strides[axis]
      guard ceilMode else { return room / stride + 1 }
      let count = (room + stride - 1) / stride + 1
      return (count - 1) * stride >= inputSize[axis] + begin[axis] ? count - 1 : count
    }
  }
}

/// Sizes brought to three spatial axes by leading ones, so that one loop nest serves all ranks.
struct ThreeAxes {
  var depth: Int
  var height: Int
  var width: Int

  init(_ sizes: ArraySlice<Int>, missing: Int = 1) {
    let filled = [Int](repeating: missing, count: 3 - sizes.count) + sizes
    (depth, height, width) = (filled[0], filled[1], filled[2])
  }

  init(_ sizes: [Int], missing: Int = 1) { self.init(sizes[...], missing: missing) }

  var count: Int { depth * height * width }
}
