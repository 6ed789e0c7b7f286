import Detectors
import Neural
import Testing

/// How a set predictor's boxes come about, read from its graph.
@Suite struct QueryHeadTests {
  /// A network of `hidden` `[1, 2, 3]` with classes and boxes of linear layers; `offsets` makes
  /// what goes into the boxes' sigmoid of the layer's result.
  private func head(
    classBias: Float, offsets: (inout Graph, Graph.ValueID, Graph.ValueID) throws -> Graph.ValueID
  ) throws -> QueryHead {
    var graph = Graph()
    let hidden = graph.addInput(
      name: "hidden", elementType: .float32, dimensions: [.fixed(1), .fixed(2), .fixed(3)])
    func linear(_ width: Int, bias: Float, _ name: String) throws -> Graph.ValueID {
      let weights = graph.addConstant(
        try Tensor([Float](repeating: 0.5, count: 3 * width), shape: [3, width]), name: "\(name).w")
      let bias = graph.addConstant(
        try Tensor([Float](repeating: bias, count: width), shape: [width]), name: "\(name).b")
      let copy = graph.append(Identity(), name: "\(name).copy", inputs: [bias])
      let product = graph.append(MatMul(), name: "\(name).product", inputs: [hidden, weights])
      return graph.append(
        ElementwiseBinary(function: .add), name: name, inputs: [copy, product])
    }
    graph.addOutput(try linear(5, bias: classBias, "classes"), name: "logits")
    let layer = try linear(4, bias: 0, "boxes")
    let logits = try offsets(&graph, layer, hidden)
    let boxes = graph.append(
      Activation(function: .sigmoid), name: "sigmoid", inputs: [logits])
    let kept = graph.append(Identity(), name: "kept", inputs: [boxes])
    graph.addOutput(kept, name: "pred_boxes")
    return QueryHead(graph)
  }

  @Test func boxesOfALayerAreDirect() throws {
    #expect(try head(classBias: 0) { _, layer, _ in layer } == QueryHead(boxOrigin: .direct))
  }

  @Test func biasesOfAFocalLossContradictDirectBoxes() throws {
    #expect(try head(classBias: -4.6) { _, layer, _ in layer }.boxOrigin == .unknown)
  }

  @Test func offsetsFromComputedReferences() throws {
    let head = try head(classBias: -4.6) { graph, layer, hidden in
      graph.append(ElementwiseBinary(function: .add), name: "moved", inputs: [layer, hidden])
    }
    #expect(head.boxOrigin == .reference)
  }

  @Test func offsetsFromLearntReferences() throws {
    let head = try head(classBias: 0) { graph, layer, _ in
      let rows = graph.addConstant(
        try Tensor([Float](repeating: 0.1, count: 8), shape: [2, 4]), name: "anchors")
      return graph.append(ElementwiseBinary(function: .add), name: "moved", inputs: [layer, rows])
    }
    #expect(head.boxOrigin == .reference)
  }

  /// Linear layers as dynamic quantisation writes them: integers, then their scale.
  @Test func boxesOfALayerOfIntegersAreDirect() throws {
    let head = try head(classBias: 0) { graph, _, hidden in
      let parts = (0..<3).map { graph.addValue(name: "part\($0)") }
      graph.addNode(DynamicQuantizeLinear(), name: "round", inputs: [hidden], outputs: parts)
      let weights = graph.addConstant(
        try Tensor(.int8, shape: [3, 4], as: Int8.self) { $0.update(repeating: 1) }, name: "w")
      let sums = graph.append(
        QuantizedMatMul(requantizes: false), name: "sums", inputs: [parts[0], weights, parts[2]])
      let cast = graph.append(Cast(to: .float32), name: "cast", inputs: [sums])
      let scaled = graph.append(
        ElementwiseBinary(function: .multiply), name: "scaled", inputs: [cast, parts[1]])
      let bias = graph.addConstant(try Tensor([0, 0, 0, 0] as [Float], shape: [4]), name: "b")
      return graph.append(
        ElementwiseBinary(function: .add), name: "layer", inputs: [bias, scaled])
    }
    #expect(head.boxOrigin == .direct)
  }

  @Test func rowsOfBoxesScoresAndClasses() throws {
    func head(selected: Bool) throws -> QueryHead {
      var graph = Graph()
      let boxes = graph.addInput(name: "boxes", elementType: .float32, dimensions: nil)
      let scores = graph.addInput(name: "scores", elementType: .float32, dimensions: nil)
      let count = graph.addConstant(try Tensor(vector: [3]), name: "k")
      let best = (0..<2).map { graph.addValue(name: "best\($0)") }
      graph.addNode(
        TopK(axis: -1, largest: true, sorted: true), name: "best", inputs: [scores, count],
        outputs: best)
      let classes = graph.append(Cast(to: .float32), name: "classes", inputs: [best[1]])
      let rows = graph.append(
        Concat(axis: -1), name: "rows", inputs: [boxes, selected ? best[0] : scores, classes])
      graph.addOutput(rows, name: "output0")
      return QueryHead(graph)
    }
    #expect(try head(selected: true).selectsRows)
    #expect(try !head(selected: false).selectsRows)
  }

  @Test func otherArithmeticIsUnknown() throws {
    let head = try head(classBias: 0) { graph, layer, hidden in
      graph.append(ElementwiseBinary(function: .multiply), name: "scaled", inputs: [layer, hidden])
    }
    #expect(head.boxOrigin == .unknown)
  }
}
