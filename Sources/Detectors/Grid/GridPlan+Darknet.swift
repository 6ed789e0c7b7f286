internal import Geometry
package import ModelFormats

extension GridPlan {
  /// The plan that Darknet's output sections state.
  ///
  /// - Parameters:
  ///   - heads: At least one, all of one kind.
  ///   - outputs: The network's outputs, found by name.
  ///   - requestedFamily: What the caller asks for, if anything.
  /// - Throws: `DetectorError.unrecognisedOutputs` when the family is another, sections of several
  ///   kinds are mixed, or a tensor has not the size that its section says.
  package init(
    darknetHeads heads: [DarknetHead], outputs: [HeadOutput], requestedFamily: GridFamily?
  ) throws {
    precondition(!heads.isEmpty, "a plan needs a head")
    let text = heads.map { "\($0.outputName) [\($0.kind.rawValue)]" }.joined(separator: ", ")
    let family: GridFamily =
      switch heads[0].kind {
      case .yolo: .yolov3
      case .region: .yolov2
      case .detection: .yolov1
      }
    guard heads.allSatisfy({ $0.kind == heads[0].kind && $0.classCount == heads[0].classCount }),
      heads.allSatisfy(Self.isSound),
      requestedFamily == nil || requestedFamily == family
    else { throw DetectorError.unrecognisedOutputs(text, family: requestedFamily) }
    let gridHeads = try heads.map { head in
      let decoder = Self.decoder(head)
      guard let index = outputs.firstIndex(where: { $0.name == head.outputName }),
        [outputs[index].shape.reduce(1, *)] == decoder.elementCounts
      else { throw DetectorError.unrecognisedOutputs(text, family: family) }
      return GridHead(outputs: [index], decoder: decoder)
    }
    self.init(family: family, classCount: heads[0].classCount, heads: gridHeads)
  }

  /// Whether the section's numbers can be computed with.
  private static func isSound(_ head: DarknetHead) -> Bool {
    let side = 1...DetectorOptions.inputSideLimit
    return (1...1_000_000).contains(head.classCount) && side.contains(head.rows)
      && side.contains(head.columns) && side.contains(head.inputWidth)
      && side.contains(head.inputHeight) && (1...1000).contains(head.boxesPerCell)
      && head.mask.count <= 1000 && head.mask.allSatisfy(head.anchors.indices.contains)
  }

  private static func decoder(_ head: DarknetHead) -> any GridDecoder {
    let inputSize = Size(width: head.inputWidth, height: head.inputHeight)
    let anchors = head.maskedAnchors.map {
      Anchor(width: Double($0.width), height: Double($0.height))
    }
    switch head.kind {
    case .yolo:
      var decoder = AnchorGridDecoder(
        columns: head.columns, rows: head.rows, inputSize: inputSize, anchors: anchors,
        classCount: head.classCount)
      decoder.scaleXY = Double(head.scaleXY)
      if head.usesNewCoordinates {
        decoder.isActivated = true
        decoder.sizeRule = .squared
      }
      return decoder
    case .region:
      return RegionDecoder(
        columns: head.columns, rows: head.rows, inputSize: inputSize, anchors: anchors,
        classCount: head.classCount, usesSoftmax: head.usesSoftmax)
    case .detection:
      var decoder = YOLOv1Decoder(
        side: head.rows, boxesPerCell: head.boxesPerCell, classCount: head.classCount,
        layout: .blocks, inputSize: inputSize)
      decoder.predictsSquareRoots = head.predictsSquareRoots
      decoder.usesSoftmax = head.usesSoftmax
      return decoder
    }
  }
}
