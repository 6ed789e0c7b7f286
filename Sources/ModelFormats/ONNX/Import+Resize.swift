internal import Neural

extension OperatorTable {
  static let resizing: [String: OperatorImport] = [
    "Resize": OperatorImport(1...4) { node in
      if node.version < 11 {
        guard node.inputs.count == 2 else {
          throw AttributeError("has \(node.inputs.count) inputs, allowed are 2")
        }
        return try upsample(node, scales: try node.input(1))
      }
      try resize(node)
    },
    "Upsample": OperatorImport(1...2) { node in
      var scales = node.optionalInput(1)
      if node.version < 7 {
        let height = try node.attributes.float("height_scale")
        let width = try node.attributes.float("width_scale")
        guard let height, let width else {
          throw AttributeError("attributes height_scale and width_scale are needed")
        }
        scales = try node.vector([1, 1, height, width])
      } else if node.version < 9 {
        scales = try node.attributes.floats("scales").map { try node.vector($0) }
      }
      guard let scales else { throw AttributeError("scales are missing") }
      try upsample(node, scales: scales)
    },
  ]

  /// Upsample, and Resize of operator set 10: no choice of coordinates yet. Output pixel `o` reads
  /// at `o / scale`; the nearest mode rounds down when enlarging and up when shrinking.
  private static func upsample(_ node: NodeImport, scales: Graph.ValueID) throws {
    let mode: Resize.Mode = try node.choice(
      "mode", default: "nearest",
      node.version < 7
        ? ["nearest": .nearest, "bilinear": .linear]
        : ["nearest": .nearest, "linear": .linear, "bilinear": .linear])
    var nearest = Resize.Nearest.floor
    if mode == .nearest, let factors = node.importer.graph.constants[scales]?.floats() {
      let shrinks = factors.contains { $0 < 1 }
      if shrinks && factors.contains(where: { $0 > 1 }) {
        throw UnsupportedUse("scales that enlarge one axis and shrink another")
      }
      if shrinks { nearest = .ceil }
    }
    node.define(
      Resize(mode: mode, coordinates: .asymmetric, nearest: nearest),
      [try node.input(0), nil, scales])
  }

  private static func resize(_ node: NodeImport) throws {
    let mode: Resize.Mode = try node.choice(
      "mode", default: "nearest", ["nearest": .nearest, "linear": .linear, "cubic": .cubic])
    let coordinates: Resize.Coordinates? = try node.choice(
      "coordinate_transformation_mode", default: "half_pixel",
      [
        "half_pixel": .halfPixel, "half_pixel_symmetric": .halfPixelSymmetric,
        "pytorch_half_pixel": .pytorchHalfPixel, "align_corners": .alignCorners,
        "asymmetric": .asymmetric, "tf_crop_and_resize": .tfCropAndResize,
        "tf_half_pixel_for_nn": nil,
      ])
    guard let coordinates else { throw UnsupportedUse("tf_half_pixel_for_nn coordinates") }
    let nearest: Resize.Nearest = try node.choice(
      "nearest_mode", default: "round_prefer_floor",
      [
        "round_prefer_floor": .roundPreferFloor, "round_prefer_ceil": .roundPreferCeil,
        "floor": .floor, "ceil": .ceil,
      ])
    let aspect: Resize.Aspect = try node.choice(
      "keep_aspect_ratio_policy", default: "stretch",
      ["stretch": .stretch, "not_larger": .notLarger, "not_smaller": .notSmaller])
    let operation = Resize(
      mode: mode, coordinates: coordinates, nearest: nearest,
      cubicCoefficient: try node.float("cubic_coeff_a", default: -0.75),
      excludeOutside: try node.flag("exclude_outside"),
      extrapolation: try node.float("extrapolation_value", default: 0),
      antialias: try node.flag("antialias"), axes: try node.attributes.integers("axes"),
      aspect: aspect)
    // An empty vector stands for an absent one.
    func given(_ index: Int) -> Graph.ValueID? {
      node.constant(index)?.count == 0 ? nil : node.optionalInput(index)
    }
    guard (given(2) == nil) != (given(3) == nil) else {
      throw AttributeError("exactly one of scales and sizes is needed")
    }
    let region = coordinates == .tfCropAndResize ? given(1) : nil
    node.define(operation, [try node.input(0), region, given(2), given(3)])
  }
}
