internal import Geometry
internal import ModelFormats
internal import Neural

/// Where a grid detector comes from: enough to compile it for another input size.
struct GridSource {
  var graph: Graph
  var darknetHeads: [DarknetHead]
  var metadata: ModelMetadata
  var manifest: ModelManifest?
  var requestedFamily: GridFamily?

  /// The network at an input size and how its outputs are read there, only those that are.
  ///
  /// - Throws: `GraphError` where the graph does not take that size, `DetectorError` where the
  ///   outputs fit no family there.
  func compile(_ inputSize: Size) throws -> (shaped: ShapedGraph, plan: GridPlan) {
    var shaped = try ShapedGraph(
      graph, inputShapes: [graph.inputs[0].name: [1, 3, inputSize.height, inputSize.width]])
    let outputs = shaped.graph.outputs.map { output in
      HeadOutput(
        name: output.name, shape: shaped.type(of: output.value).shape,
        trace: OutputTrace(of: output.value, in: shaped.graph))
    }
    var plan: GridPlan
    if darknetHeads.isEmpty {
      plan = try GridRecognition(
        outputs: outputs, inputSize: inputSize, metadata: metadata, manifest: manifest,
        requestedFamily: requestedFamily
      ).plan()
    } else {
      plan = try GridPlan(
        darknetHeads: darknetHeads.map { $0.resized(to: inputSize, outputs: outputs) },
        outputs: outputs, requestedFamily: requestedFamily ?? manifest?.family)
    }
    try Self.dropUnusedOutputs(&plan, &shaped)
    return (shaped, plan)
  }

  /// Leaves the network only the outputs that the plan reads; others need not be computed.
  ///
  /// - Throws: `DetectorError.unrecognisedOutputs` when one of them is not Float32.
  private static func dropUnusedOutputs(
    _ plan: inout GridPlan, _ shaped: inout ShapedGraph
  ) throws {
    let all = shaped.graph.outputs
    for head in plan.heads {
      for (index, count) in zip(head.outputs, head.decoder.elementCounts) {
        let shape = shaped.type(of: all[index].value).shape
        guard shape.reduce(1, *) == count else {
          throw DetectorError.unrecognisedOutputs(all[index].name, family: plan.family)
        }
      }
    }
    let used = Set(plan.heads.flatMap(\.outputs)).sorted()
    for index in used {
      let type = shaped.type(of: all[index].value).elementType
      guard type == .float32 else {
        throw DetectorError.unrecognisedOutputs(
          "\(all[index].name) (\(type.rawValue))", family: plan.family)
      }
    }
    guard used.count < all.count else { return }
    shaped.graph.outputs = used.map { all[$0] }
    shaped.removeDeadNodes()
    for index in plan.heads.indices {
      plan.heads[index].outputs = plan.heads[index].outputs.compactMap(used.firstIndex(of:))
    }
  }
}

extension DarknetHead {
  /// The head of the same network run at another size: the grid is what the output's shape says.
  fileprivate func resized(to inputSize: Size, outputs: [HeadOutput]) -> DarknetHead {
    guard inputSize != Size(width: inputWidth, height: inputHeight),
      let shape = outputs.first(where: { $0.name == outputName })?.shape, shape.count == 4,
      kind != .detection
    else { return self }
    var head = self
    head.rows = shape[2]
    head.columns = shape[3]
    head.inputWidth = inputSize.width
    head.inputHeight = inputSize.height
    return head
  }
}
