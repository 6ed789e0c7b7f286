/// The sections that turn a tensor into boxes. They are read, not run.
extension DarknetNetwork {
  private static let classLimit = 100_000
  private static let boxLimit = 10_000

  func head(
    _ index: Int, _ name: String, _ source: DarknetLayer.Source, _ options: inout DarknetOptions
  ) throws -> DarknetHead {
    guard case .section(let feeding) = source else { throw options.error("has no layer before it") }
    let isRegion = name == "region"
    let classCount = try options.integer(
      "classes", default: name == "detection" ? 1 : 20, in: 1...DarknetNetwork.classLimit)
    let boxCount = try options.integer("num", default: 1, in: 1...DarknetNetwork.boxLimit)
    options.passOver(DarknetTrainingKeys.head)
    let input = shape(of: source)
    var head = DarknetHead(
      kind: DarknetHead.Kind(rawValue: name) ?? .yolo, outputName: layers[feeding].outputName,
      section: index, classCount: classCount, anchors: [], mask: [], boxesPerCell: boxCount,
      columns: input.width, rows: input.height, inputWidth: self.input.width,
      inputHeight: self.input.height)
    if name == "detection" {
      try readDetection(&head, &options, input: input)
      return head
    }
    head.anchors = try anchors(&options)
    if isRegion {
      head.mask = Array(0..<boxCount)
      head.usesSoftmax = try options.flag("softmax")
      _ = try options.integer("coords", default: 4, in: 4...4)
      try options.refuse("background", "tree", "log", "sqrt")
    } else {
      head.mask = try options.integers("mask") ?? Array(0..<boxCount)
      head.scaleXY = try options.float("scale_x_y", default: 1)
      head.usesNewCoordinates = try options.flag("new_coords")
      try options.refuse("embedding_layer")
      options.passOver(["map"])
    }
    head.boxesPerCell = head.mask.count
    guard head.mask.allSatisfy({ head.anchors.indices.contains($0) }) else {
      throw options.error(
        "mask \(head.mask) names anchors beyond the \(head.anchors.count) given")
    }
    // At most 10,000 x 100,005.
    let channels = head.boxesPerCell * (classCount + 5)
    guard input.channels == channels else {
      throw options.error(
        "has \(input.channels) channels, \(head.boxesPerCell) boxes of \(classCount) classes need "
          + "\(channels)")
    }
    return head
  }

  private func anchors(_ options: inout DarknetOptions) throws -> [DarknetHead.Anchor] {
    guard let numbers = try options.floats("anchors") else {
      throw options.error("lacks the key 'anchors'")
    }
    guard numbers.count % 2 == 0, numbers.allSatisfy({ $0 > 0 }) else {
      throw options.error("anchors are \(numbers.count) numbers, pairs above 0 are needed")
    }
    return stride(from: 0, to: numbers.count, by: 2).map {
      DarknetHead.Anchor(width: numbers[$0], height: numbers[$0 + 1])
    }
  }

  private func readDetection(
    _ head: inout DarknetHead, _ options: inout DarknetOptions, input: DarknetLayer.Shape
  ) throws {
    let side = try options.integer("side", default: 7, in: 1...DarknetNetwork.sideLimit)
    _ = try options.integer("coords", default: 1, in: 4...4)
    head.usesSoftmax = try options.flag("softmax")
    head.predictsSquareRoots = try options.flag("sqrt")
    head.columns = side
    head.rows = side
    let count = checkedProduct([side, side, head.boxesPerCell * 5 + head.classCount])
    guard count == input.count else {
      throw options.error(
        "has \(input.count) numbers, \(side)x\(side) cells of \(head.boxesPerCell) boxes and "
          + "\(head.classCount) classes need \(count ?? Int.max)")
    }
  }
}
