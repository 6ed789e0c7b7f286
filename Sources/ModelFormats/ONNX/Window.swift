internal import Neural

/// The sliding-window attributes that convolutions and poolings share, one number per spatial axis.
struct Window {
  var kernel: [Int]?
  var strides: [Int]
  var dilations: [Int]
  var padsBegin: [Int]
  var padsEnd: [Int]
  var autoPad: AutoPad

  /// Takes the attributes of a node.
  ///
  /// - Parameter weights: The convolution's weights `[M, C, kernel...]`, whose shape, where known,
  ///   the attributes must agree with.
  init(_ node: NodeImport, weights: Graph.ValueID? = nil) throws {
    kernel = try node.attributes.integers("kernel_shape")
    let strides = try node.attributes.integers("strides")
    let dilations = try node.attributes.integers("dilations")
    let pads = try node.attributes.integers("pads")
    autoPad = try node.choice(
      "auto_pad", default: "NOTSET",
      [
        "NOTSET": .notSet, "SAME_UPPER": .sameUpper, "SAME_LOWER": .sameLower, "VALID": .valid,
      ])
    let weightShape = weights.flatMap { node.importer.graph.constants[$0]?.shape }
    if let weightShape {
      guard weightShape.count >= 3 else {
        throw AttributeError("weights have \(weightShape.count) axes, at least 3 allowed")
      }
      if let kernel, kernel != Array(weightShape.dropFirst(2)) {
        throw AttributeError(
          "attribute kernel_shape is \(kernel), the weights' is \(weightShape.dropFirst(2))")
      }
    }
    let inputRank = node.optionalInput(0).flatMap(node.rank)
    let axes =
      kernel?.count ?? weightShape.map { $0.count - 2 } ?? strides?.count ?? dilations?.count
      ?? pads.map { $0.count / 2 } ?? inputRank.map { $0 - 2 }
    // Nothing is said: `UnrankedConvolution`.
    guard let axes else {
      (self.strides, self.dilations, padsBegin, padsEnd) = ([], [], [], [])
      return
    }
    guard (1...3).contains(axes) else {
      throw UnsupportedUse("\(axes) spatial axes")
    }
    if let inputRank, inputRank != axes + 2 {
      throw AttributeError("\(axes) spatial axes, but the input has \(inputRank) axes")
    }
    func checked(_ values: [Int]?, _ name: String) throws -> [Int] {
      let values = values ?? Array(repeating: 1, count: axes)
      guard values.count == axes else {
        throw AttributeError("attribute \(name) has \(values.count) numbers, expected \(axes)")
      }
      return values
    }
    self.strides = try checked(strides, "strides")
    self.dilations = try checked(dilations, "dilations")
    let allPads = pads ?? Array(repeating: 0, count: 2 * axes)
    guard allPads.count == 2 * axes else {
      throw AttributeError("attribute pads has \(allPads.count) numbers, expected \(2 * axes)")
    }
    guard autoPad == .notSet || allPads.allSatisfy({ $0 == 0 }) else {
      throw AttributeError("both pads and auto_pad are given")
    }
    padsBegin = Array(allPads.prefix(axes))
    padsEnd = Array(allPads.suffix(axes))
  }

  /// The attributes of a convolution, `group` included; defaults over `axes` where none are given.
  func convolution(_ node: NodeImport, axes: Int) throws -> Convolution {
    let (ones, zeros) = (Array(repeating: 1, count: axes), Array(repeating: 0, count: axes))
    let isOpen = strides.isEmpty
    guard isOpen || strides.count == axes else {
      throw UnsupportedUse("\(strides.count) spatial axes")
    }
    return Convolution(
      strides: isOpen ? ones : strides, dilations: isOpen ? ones : dilations,
      padsBegin: isOpen ? zeros : padsBegin, padsEnd: isOpen ? zeros : padsEnd,
      groups: try node.integer("group", default: 1), autoPad: autoPad)
  }

  func requiredKernel() throws -> [Int] {
    guard let kernel else { throw AttributeError("attribute kernel_shape is missing") }
    return kernel
  }
}
