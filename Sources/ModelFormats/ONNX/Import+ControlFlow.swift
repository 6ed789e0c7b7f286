internal import Neural

extension OperatorTable {
  private static let anyCount = 0...Int(Int32.max)

  static let controlFlow: [String: OperatorImport] = [
    "If": OperatorImport(1...1, outputs: Int(Int32.max)) { node in
      let (bodies, captured) = try node.bodies("then_branch", "else_branch")
      guard let thenBranch = bodies[0], let elseBranch = bodies[1] else {
        throw AttributeError("attributes then_branch and else_branch are needed")
      }
      for branch in [thenBranch, elseBranch] {
        guard branch.formalCount == 0, branch.graph.outputs.count == node.outputs.count else {
          throw AttributeError(
            "a branch has \(branch.formalCount) inputs and \(branch.graph.outputs.count) outputs, "
              + "needs 0 and \(node.outputs.count)")
        }
      }
      node.define(
        If(thenBranch: thenBranch, elseBranch: elseBranch), [try node.input(0)] + captured)
    },
    "Loop": OperatorImport(anyCount, outputs: Int(Int32.max)) { node in
      let (body, captured) = try node.body("body")
      let carried = max(node.inputs.count - 2, 0)
      let inputs = (0..<carried + 2).map { node.optionalInput($0) }
      guard body.formalCount == carried + 2, body.graph.outputs.count > carried,
        node.outputs.count <= body.graph.outputs.count - 1
      else {
        throw AttributeError(
          "the body has \(body.formalCount) inputs and \(body.graph.outputs.count) outputs, "
            + "the node carries \(carried) values and has \(node.outputs.count) outputs")
      }
      node.define(Loop(body: body, carriedCount: carried), inputs + captured)
    },
    "Scan": OperatorImport(anyCount, outputs: Int(Int32.max)) { node in
      let (body, captured) = try node.body("body")
      guard let scanned = try node.attributes.integer("num_scan_inputs"), scanned > 0 else {
        throw AttributeError("attribute num_scan_inputs is missing or below 1")
      }
      var inputs = node.inputs
      var isBatched = false
      if node.version < 9 {
        guard node.optionalInput(0) == nil else { throw UnsupportedUse("sequence_lens") }
        isBatched = true
        inputs = Array(inputs.dropFirst())
      }
      let carried = body.formalCount - scanned
      let collected = body.graph.outputs.count - carried
      guard carried >= 0, collected >= 0, inputs.count == body.formalCount,
        node.outputs.count <= body.graph.outputs.count
      else {
        throw AttributeError(
          "the body has \(body.formalCount) inputs and \(body.graph.outputs.count) outputs, "
            + "the node \(inputs.count), \(scanned) of them scanned")
      }
      func directions(_ side: String, _ count: Int) throws -> [Scan.Direction] {
        let axes = try node.attributes.integers("scan_\(side)_axes") ?? []
        let reversed =
          try node.attributes.integers("scan_\(side)_directions")
          ?? node.attributes.integers("directions") ?? []
        for list in [axes, reversed] where !list.isEmpty && list.count != count {
          throw AttributeError("\(list.count) axes or directions for \(count) scan \(side)s")
        }
        return (0..<count).map {
          Scan.Direction(
            axis: axes.isEmpty ? 0 : axes[$0],
            isReversed: reversed.isEmpty ? false : reversed[$0] != 0)
        }
      }
      node.define(
        Scan(
          body: body, inputs: try directions("input", scanned),
          outputs: try directions("output", collected), isBatched: isBatched),
        inputs + captured)
    },
  ]
}
