internal import Evaluation
internal import Geometry
internal import Imaging

/// The pictures of a comparison that a report shows: those on which strategies differ most.
struct ComparedPictures {
  struct Picture {
    let path: InputPath
    /// Per strategy, those that are shown.
    let found: [[ScoredPicture.Found]]
    let objects: FoundObjects
  }

  let pictures: [Picture]
  let isLabelled: Bool
  private let decoder: ImageDecoder

  /// The longest side of a picture in the report.
  static let sideLimit = 560

  init(
    _ run: ComparisonRun, labelled: LabelledPictures?, paths: [InputPath], limit: Int,
    shownThreshold: Double
  ) {
    decoder = run.decoder
    isLabelled = labelled != nil
    var candidates: [(difference: Int, picture: Picture)] = []
    for (index, path) in paths.enumerated() where !run.failed.contains(index) {
      let found = run.contenders.map { contender in
        contender.found[index].filter { $0.score > shownThreshold }
      }
      let objects: FoundObjects
      if let labelled {
        objects = FoundObjects(
          found: found,
          labels: labelled.objects(of: index).filter { !$0.isIgnored }.map {
            FoundObjects.Object(box: $0.box, classIndex: $0.classIndex)
          })
      } else {
        objects = FoundObjects(found: found)
      }
      let difference = objects.objects.indices.count { object in
        let count = objects.isFound.count { $0[object] }
        return count > 0 && count < objects.isFound.count
      }
      candidates.append((difference, Picture(path: path, found: found, objects: objects)))
    }
    let order = candidates.indices.sorted {
      candidates[$0].difference != candidates[$1].difference
        ? candidates[$0].difference > candidates[$1].difference : $0 < $1
    }
    pictures = order.prefix(limit).map { candidates[$0].picture }
  }

  /// The picture itself, made smaller, as a JPEG, with its size before.
  ///
  /// - Returns: `nil` when it can no longer be read.
  func jpeg(of picture: Picture) -> (bytes: [UInt8], sourceSize: Size)? {
    guard let image = try? decodedImage(picture.path, with: decoder) else { return nil }
    let longest = max(image.size.width, image.size.height)
    var small = image
    if longest > Self.sideLimit {
      let scale = Double(Self.sideLimit) / Double(longest)
      let size = Size(
        width: max(1, Int((Double(image.size.width) * scale).rounded())),
        height: max(1, Int((Double(image.size.height) * scale).rounded())))
      small = image.resized(to: size, filter: .antialiased(.triangle))
    }
    guard let bytes = try? ImageEncoder.jpeg(small, quality: 80) else { return nil }
    return (bytes, image.size)
  }
}
