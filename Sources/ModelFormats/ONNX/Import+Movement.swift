internal import Neural

extension OperatorTable {
  static let movement: [String: OperatorImport] = [
    "Transpose": OperatorImport(1...1) { node in
      node.define(Transpose(permutation: try node.attributes.integers("perm")))
    },
    "Concat": OperatorImport(OperatorImport.many) { node in
      let axis = try node.attributes.integer("axis") ?? (node.version < 4 ? 1 : nil)
      guard let axis else { throw AttributeError("attribute axis is missing") }
      for index in node.inputs.indices { _ = try node.input(index) }
      node.define(Concat(axis: axis))
    },
    "Split": OperatorImport(1...2, outputs: Int(Int32.max)) { node in
      let sizes =
        node.version < 2
        ? try node.attributes.integers("split").map { try node.vector($0) } ?? node.optionalInput(1)
        : try node.parameter("split", input: 1, inputSince: 13)
      if node.version >= 18, let count = try node.attributes.integer("num_outputs") {
        guard count == node.outputs.count, sizes == nil else {
          throw AttributeError(
            "attribute num_outputs is \(count), the node has \(node.outputs.count) outputs"
              + (sizes == nil ? "" : " and sizes"))
        }
      }
      let operation = Split(
        axis: try node.integer("axis", default: 0), outputCount: node.outputs.count)
      node.define(operation, [try node.input(0), sizes])
    },
    "Slice": OperatorImport(1...5) { node in
      guard node.version < 10 else {
        for index in 1...2 { _ = try node.input(index) }
        return node.define(Slice())
      }
      guard let starts = try node.attributes.integers("starts"),
        let ends = try node.attributes.integers("ends")
      else { throw AttributeError("attributes starts and ends are needed") }
      let axes = try node.attributes.integers("axes").map { try node.vector($0) }
      node.define(
        Slice(), [try node.input(0), try node.vector(starts), try node.vector(ends), axes])
    },
    "Tile": OperatorImport(2...3) { node in
      if node.version < 6 { throw UnsupportedUse("the tiles and axis of operator set 1") }
      guard node.inputs.count == 2 else {
        throw AttributeError("has \(node.inputs.count) inputs, allowed are 2")
      }
      node.define(Tile())
    },
    "Pad": OperatorImport(1...4) { node in
      let mode: Pad.Mode = try node.choice(
        "mode", default: "constant",
        ["constant": .constant, "reflect": .reflect, "edge": .edge, "wrap": .wrap])
      guard node.version < 11 else {
        _ = try node.input(1)
        return node.define(Pad(mode: mode))
      }
      let name = node.version < 2 ? "paddings" : "pads"
      guard let pads = try node.attributes.integers(name) else {
        throw AttributeError("attribute \(name) is missing")
      }
      let value = try node.scalar(try node.float("value", default: 0))
      node.define(Pad(mode: mode), [try node.input(0), try node.vector(pads), value])
    },
    "DepthToSpace": OperatorImport(1...1) { node in
      let order: DepthToSpace.Order = try node.choice(
        "mode", default: "DCR", ["DCR": .depthColumnRow, "CRD": .columnRowDepth])
      node.define(DepthToSpace(block: try blockSize(node), order: order))
    },
    "SpaceToDepth": OperatorImport(1...1) { node in
      let order: DepthToSpace.Order = try node.choice(
        "mode", default: "DCR", ["DCR": .depthColumnRow, "CRD": .columnRowDepth])
      node.define(SpaceToDepth(block: try blockSize(node), order: order))
    },
    "CenterCropPad": OperatorImport(2...2) { node in
      node.define(CenterCropPad(axes: try node.attributes.integers("axes")))
    },
    "ReverseSequence": OperatorImport(2...2) { node in
      node.define(
        ReverseSequence(
          batchAxis: try node.integer("batch_axis", default: 1),
          timeAxis: try node.integer("time_axis", default: 0)))
    },
    "Col2Im": OperatorImport(3...3) { node in
      let pads = try node.attributes.integers("pads")
      node.define(
        ColumnsToImage(
          strides: try node.attributes.integers("strides"),
          dilations: try node.attributes.integers("dilations"), pads: pads))
    },
    "Trilu": OperatorImport(1...2) { node in
      node.define(Trilu(upper: try node.flag("upper", default: true)))
    },
  ]

  private static func blockSize(_ node: NodeImport) throws -> Int {
    guard let block = try node.attributes.integer("blocksize") else {
      throw AttributeError("attribute blocksize is missing")
    }
    return block
  }
}
