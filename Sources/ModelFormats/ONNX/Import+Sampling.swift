internal import Neural

extension OperatorTable {
  static let sampling: [String: OperatorImport] = [
    "GridSample": OperatorImport(2...2) { node in
      node.define(
        GridSample(
          mode: try node.choice(
            "mode", default: node.version < 20 ? "bilinear" : "linear",
            [
              "bilinear": .linear, "linear": .linear, "nearest": .nearest, "bicubic": .cubic,
              "cubic": .cubic,
            ]),
          padding: try node.choice(
            "padding_mode", default: "zeros",
            ["zeros": .zeros, "border": .border, "reflection": .reflection]),
          alignsCorners: try node.flag("align_corners")))
    },
    "AffineGrid": OperatorImport(2...2) { node in
      node.define(AffineGrid(alignsCorners: try node.flag("align_corners")))
    },
    "RoiAlign": OperatorImport(3...3) { node in
      node.define(
        RegionAlign(
          mode: try node.choice("mode", default: "avg", ["avg": .average, "max": .max]),
          rows: try node.integer("output_height", default: 1),
          columns: try node.integer("output_width", default: 1),
          samplingRatio: try node.integer("sampling_ratio", default: 0),
          spatialScale: try node.float("spatial_scale", default: 1),
          isHalfPixel: try node.choice(
            "coordinate_transformation_mode",
            default: node.version < 16 ? "output_half_pixel" : "half_pixel",
            ["half_pixel": true, "output_half_pixel": false])))
    },
    "DeformConv": OperatorImport(3...5) { node in
      let window = try Window(node, weights: try node.input(1))
      node.define(
        DeformableConvolution(
          geometry: try window.convolution(node, axes: 2),
          offsetGroups: try node.integer("offset_group", default: 1)))
    },
  ]
}
