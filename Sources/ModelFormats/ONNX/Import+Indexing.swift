internal import Neural

extension OperatorTable {
  static let indexing: [String: OperatorImport] = [
    "Gather": OperatorImport(2...2) { node in
      node.define(Gather(axis: try node.integer("axis", default: 0)))
    },
    "GatherElements": OperatorImport(2...2) { node in
      node.define(GatherElements(axis: try node.integer("axis", default: 0)))
    },
    "GatherND": OperatorImport(2...2) { node in
      node.define(GatherND(batchDimensions: try node.integer("batch_dims", default: 0)))
    },
    // The name of ScatterElements until operator set 11.
    "Scatter": OperatorImport(3...3) { node in
      node.define(
        ScatterElements(axis: try node.integer("axis", default: 0), reduction: .none))
    },
    "ScatterElements": OperatorImport(3...3) { node in
      node.define(
        ScatterElements(
          axis: try node.integer("axis", default: 0), reduction: try scatterReduction(node)))
    },
    "TensorScatter": OperatorImport(2...3) { node in
      node.define(
        TensorScatter(
          axis: try node.integer("axis", default: -2),
          isCircular: try node.choice(
            "mode", default: "linear", ["linear": false, "circular": true])))
    },
    "ScatterND": OperatorImport(3...3) { node in
      node.define(ScatterND(reduction: try scatterReduction(node)))
    },
  ]

  static let selection: [String: OperatorImport] = [
    "Compress": OperatorImport(2...2) { node in
      node.define(Compress(axis: try node.attributes.integer("axis")))
    },
    "Unique": OperatorImport(1...1, outputs: 4) { node in
      node.define(
        Unique(
          axis: try node.attributes.integer("axis"),
          isSorted: try node.flag("sorted", default: true)))
    },
    "NonZero": .plain(1...1, NonZero()),
    "NonMaxSuppression": OperatorImport(2...5) { node in
      node.define(NonMaxSuppression(centerPointBox: try node.flag("center_point_box")))
    },
  ]

  private static func scatterReduction(_ node: NodeImport) throws -> ScatterReduction {
    try node.choice(
      "reduction", default: "none",
      ["none": .none, "add": .add, "mul": .multiply, "max": .maximum, "min": .minimum])
  }
}
