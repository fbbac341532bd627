package bitrix24sim

// restMethods lists what the portal answers, by name in small letters. `batch`
// is not among them: it runs others.
func (s *Sim) restMethods() map[string]method {
	m := map[string]method{
		"profile":      {run: (*call).profile},
		"scope":        {run: (*call).scope},
		"server.time":  {run: (*call).serverTime},
		"methods":      {run: (*call).listMethods},
		"method.get":   {run: (*call).methodGet},
		"user.get":     {scope: "user", run: (*call).userGet},
		"user.current": {scope: "user", run: (*call).userCurrent},
		"user.fields":  {scope: "user", run: (*call).userFields},

		"crm.item.get":    {scope: "crm", run: (*call).itemGet},
		"crm.item.list":   {scope: "crm", run: (*call).itemList},
		"crm.item.add":    {scope: "crm", run: (*call).itemAdd},
		"crm.item.update": {scope: "crm", run: (*call).itemUpdate},
		"crm.item.delete": {scope: "crm", run: (*call).itemDelete},
		"crm.item.fields": {scope: "crm", run: (*call).itemFields},

		"crm.type.list":              {scope: "crm", run: (*call).typeList},
		"crm.category.list":          {scope: "crm", run: (*call).categoryList},
		"crm.status.list":            {scope: "crm", run: (*call).statusList},
		"crm.stagehistory.list":      {scope: "crm", run: (*call).stageHistory},
		"crm.automation.trigger":     {scope: "crm", run: (*call).automationTrigger},
		"crm.deal.contact.items.get": {scope: "crm", run: (*call).dealContacts},
		"crm.deal.contact.items.set": {scope: "crm", run: (*call).setDealContacts},
		"crm.deal.contact.add":       {scope: "crm", run: (*call).addDealContact},

		"crm.timeline.comment.add":     {scope: "crm", run: (*call).commentAdd},
		"crm.timeline.comment.get":     {scope: "crm", run: (*call).commentGet},
		"crm.timeline.comment.list":    {scope: "crm", run: (*call).commentList},
		"crm.timeline.comment.update":  {scope: "crm", run: (*call).commentUpdate},
		"crm.timeline.comment.delete":  {scope: "crm", run: (*call).commentDelete},
		"crm.timeline.logmessage.add":  {scope: "crm", run: (*call).logMessageAdd},
		"crm.timeline.logmessage.list": {scope: "crm", run: (*call).logMessageList},
		"crm.timeline.item.pin":        {scope: "crm", run: (*call).timelinePin},

		"crm.activity.todo.add":                   {scope: "crm", run: (*call).todoAdd},
		"crm.activity.todo.update":                {scope: "crm", run: (*call).todoUpdate},
		"crm.activity.todo.updatedeadline":        {scope: "crm", run: (*call).todoUpdate},
		"crm.activity.todo.updatedescription":     {scope: "crm", run: (*call).todoUpdate},
		"crm.activity.todo.updatecolor":           {scope: "crm", run: (*call).todoUpdate},
		"crm.activity.todo.updateresponsibleuser": {scope: "crm", run: (*call).todoUpdate},
		"crm.activity.add":                        {scope: "crm", run: (*call).activityAdd},
		"crm.activity.get":                        {scope: "crm", run: (*call).activityGet},
		"crm.activity.list":                       {scope: "crm", run: (*call).activityList},
		"crm.activity.update":                     {scope: "crm", run: (*call).activityUpdate},
		"crm.activity.delete":                     {scope: "crm", run: (*call).activityDelete},

		"tasks.task.add":         {scope: "task", run: (*call).taskAdd},
		"tasks.task.get":         {scope: "task", run: (*call).taskGet},
		"tasks.task.list":        {scope: "task", run: (*call).taskList},
		"tasks.task.update":      {scope: "task", run: (*call).taskUpdate},
		"tasks.task.complete":    {scope: "task", run: (*call).taskComplete},
		"disk.folder.uploadfile": {scope: "disk", run: (*call).uploadFile},
		"disk.file.get":          {scope: "disk", run: (*call).diskFileGet},

		"app.info":             {appOnly: true, run: (*call).appInfo},
		"event.bind":           {appOnly: true, run: (*call).eventBind},
		"event.get":            {appOnly: true, run: (*call).eventGet},
		"event.unbind":         {appOnly: true, run: (*call).eventUnbind},
		"event.offline.get":    {appOnly: true, run: (*call).offlineGet},
		"event.offline.clear":  {appOnly: true, run: (*call).offlineClear},
		"event.offline.error":  {appOnly: true, run: (*call).offlineError},
		"event.offline.list":   {appOnly: true, run: (*call).offlineList},
		"bizproc.robot.add":    {scope: "bizproc", appOnly: true, run: (*call).robotAdd},
		"bizproc.robot.update": {scope: "bizproc", appOnly: true, run: (*call).robotUpdate},
		"bizproc.robot.delete": {scope: "bizproc", appOnly: true, run: (*call).robotDelete},
		"bizproc.robot.list":   {scope: "bizproc", appOnly: true, run: (*call).robotList},
		"placement.bind":       {scope: "placement", appOnly: true, run: (*call).placementBind},
		"placement.unbind":     {scope: "placement", appOnly: true, run: (*call).placementUnbind},
		"placement.get":        {scope: "placement", appOnly: true, run: (*call).placementGet},
	}
	s.objectMethods(m)
	s.userFieldMethods(m)
	return m
}
