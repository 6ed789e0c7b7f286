internal import Files
internal import Geometry
internal import Imaging
internal import Interchange

/// Reads data sets of the three usual layouts.
struct DataSetLoader {
  /// Where the pictures are, when it is said.
  let images: InputPath?
  let decoder: ImageDecoder
  var leniency: Leniency

  private static let fileLimit = 1 << 30
  private static let pictureFolders = ["images", "JPEGImages"]

  /// - Throws: `AnnotationError`, exit 65.
  mutating func load(_ data: InputPath) throws -> LabelledPictures {
    switch FileStatus(data)?.kind {
    case .folder?: return try loadFolder(data)
    case nil: throw CommandFailure(.refused, "\(data.shown): no such file or folder")
    default: return try loadCOCO(data)
    }
  }

  private func read(_ path: InputPath) throws -> [UInt8] {
    try loading(path.shown) {
      try RegularFile.read(pathBytes: path.bytes, byteLimit: Self.fileLimit)
    }
  }

  /// - Throws: Exit 65 when there is no folder of pictures.
  private func pictureFolder(near folder: InputPath) throws -> InputPath {
    if let images { return images }
    let parent = folder.folder
    guard
      let found = FolderFiles.first(of: Self.pictureFolders, in: folder)
        ?? FolderFiles.first(of: Self.pictureFolders, in: parent)
    else {
      throw CommandFailure(
        .refused, "\(folder.shown): no folder images beside it; --images names one")
    }
    return found
  }

  private mutating func loadCOCO(_ data: InputPath) throws -> LabelledPictures {
    let dataSet = try COCODataSet.read(try read(data), path: data.shown, leniency: &leniency)
    let folder = try pictureFolder(near: data.folder)
    let paths = dataSet.pictures.map { folder.appending(Array($0.fileName.utf8)) }
    return LabelledPictures(dataSet, paths: paths)
  }

  private mutating func loadFolder(_ data: InputPath) throws -> LabelledPictures {
    let folders = [data] + ["Annotations", "annotations"].map { data.appending(Array($0.utf8)) }
    for folder in folders {
      let files = FolderFiles.names(in: folder, suffix: ".xml")
      if !files.isEmpty { return try loadVOC(folder, files) }
    }
    return try loadYOLO(data)
  }

  /// The pictures of a folder by their names without extension.
  private func pictures(in folder: InputPath) -> [[UInt8]: InputPath] {
    let listed = FolderListing(isRecursive: false).pictures(in: folder).pictures
    return Dictionary(listed.map { (FolderFiles.stem($0.lastComponent), $0) }) { first, _ in first }
  }

  /// A file for each picture; its name tells which.
  private mutating func loadVOC(
    _ folder: InputPath, _ files: [[UInt8]]
  ) throws -> LabelledPictures {
    let images = try pictureFolder(near: folder)
    let known = pictures(in: images)
    var annotations: [(path: InputPath, labels: VOCAnnotation)] = []
    var names: Set<String> = []
    for file in files {
      let path = folder.appending(file)
      let labels = try VOCAnnotation(try read(path), path: path.shown, leniency: &leniency)
      guard let picture = known[FolderFiles.stem(file)] else {
        try leniency.refuse(
          AnnotationError(path: path.shown, line: nil, "no picture of this name"))
        continue
      }
      names.formUnion(labels.objects.map(\.name))
      annotations.append((picture, labels))
    }
    let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let indices = Dictionary(sorted.enumerated().map { ($1, $0) }) { first, _ in first }
    let pictures = annotations.map { path, labels in
      DataSet.Picture(
        identifier: .text(path.shown), fileName: path.shown, size: labels.size,
        objects: labels.objects.map {
          DataSet.Object(
            box: $0.box, category: indices[$0.name] ?? 0, area: $0.box.area,
            isIgnored: $0.isDifficult)
        })
    }
    return LabelledPictures(
      DataSet(categories: Self.categories(sorted), pictures: pictures),
      paths: annotations.map(\.path))
  }

  /// A text file for each picture that has labels, and a file of class names.
  private mutating func loadYOLO(_ data: InputPath) throws -> LabelledPictures {
    let names = try classNames(data)
    let labels = FolderFiles.first(of: ["labels"], in: data) ?? data
    let images = try pictureFolder(near: data)
    let known = pictures(in: images).values.sorted()
    guard !known.isEmpty else {
      throw CommandFailure(.refused, "\(images.shown): no pictures")
    }
    var pictures: [DataSet.Picture] = []
    for path in known {
      let stem = FolderFiles.stem(path.lastComponent)
      let file = labels.appending(stem + Array(".txt".utf8))
      var picture = DataSet.Picture(
        identifier: .text(path.shown), fileName: path.shown, size: nil)
      if FileStatus(file) != nil {
        let bytes = try read(file)
        let size: Size
        do {
          // The fractions are of the upright picture, whose sides only its file tells.
          size = try decode(path, with: decoder, isListed: true).image.size
        } catch {
          throw CommandFailure(.refused, "\(path.shown): \(error.detail)")
        }
        picture.size = size
        picture.objects = try YOLOLabels.read(
          bytes, path: file.shown, size: size, classCount: names.count, hasScores: false,
          leniency: &leniency
        ).map { DataSet.Object(box: $0.box, category: $0.classIndex, area: $0.area) }
      }
      pictures.append(picture)
    }
    return LabelledPictures(
      DataSet(categories: Self.categories(names), pictures: pictures), paths: known)
  }

  private static func categories(_ names: [String]) -> [DataSet.Category] {
    names.enumerated().map { DataSet.Category(identifier: .number($0), name: $1) }
  }

  /// - Throws: Exit 65 when no file gives the names.
  private func classNames(_ data: InputPath) throws -> [String] {
    for folder in [data, data.folder] {
      for name in ["data.yaml", "dataset.yaml", "classes.txt", "obj.names"] {
        let path = folder.appending(Array(name.utf8))
        guard FileStatus(path)?.kind == .regular else { continue }
        return name.hasSuffix(".yaml")
          ? try YOLONames.yaml(try read(path), path: path.shown)
          : try YOLONames.list(try read(path), path: path.shown)
      }
    }
    throw CommandFailure(
      .refused,
      "\(data.shown): neither XML files nor class names (data.yaml, classes.txt, obj.names)")
  }
}
